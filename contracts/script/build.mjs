// `build.mjs` compiles the contracts and writes resources/contracts; `build.mjs check` compiles and compares bytes.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vectorText } from "./merkle.mjs";
import { rootsText } from "./roots.mjs";
import {
  CONTRACTS, RESOURCES, SETTINGS, bytesOf, checksummed, filesBelow, keccak, loadCompiler, readImport, readSource,
} from "./tools.mjs";

const PROXY = "0x4e59b44847b379578588920cA78FbF26c0B4956C";
const BUNDLE = "0xcA11bde05977b3631167028862bE2a173976CA11";
const SALT = `0x${"00".repeat(32)}`;
const [HOUR, DAY, CENT] = [3600, 86_400, 10_000];
const STEWARD = "PracticeSteward";
// As in IReviewerPool: stakes, times, and a rule for each tree.
const POOL_PARAMETERS = [50_00 * CENT, 25_00 * CENT, 14 * DAY, 14 * DAY, "Open", "Open"];
// As in ICourtTypes: seats, shares in 1/10000, windows, locks, fees, bonds, and where seeds come from.
const COURT_PARAMETERS = [
  [15, 31, 0], 2500, 1000, 3 * DAY, 2 * DAY, 12 * HOUR, 2 * DAY, 3 * DAY,
  20_00 * CENT, 10_00 * CENT, 2_00 * CENT, 20 * CENT, 10 * CENT, 35_00 * CENT, 2_00 * CENT, "FutureBlockHash",
];
// What each deployed contract is made with, in the order of deployment: names stand for addresses, lists for structs
// and arrays, whose members follow one another.
const DEPLOYED = {
  PublisherRegistry: [],
  MediaRegistry: ["PublisherRegistry"],
  ModelRegistry: ["PublisherRegistry"],
  PracticeUSD: [],
  PracticeSteward: [],
  Open: [],
  FutureBlockHash: [],
  ReviewerPool: ["PracticeUSD", "ModelRegistry", STEWARD, STEWARD, POOL_PARAMETERS],
  CourtBench: ["ReviewerPool", "MediaRegistry", STEWARD, STEWARD, STEWARD],
  FactCheckCourt: ["ReviewerPool", "MediaRegistry", STEWARD, STEWARD, STEWARD, "CourtBench", COURT_PARAMETERS],
};
// What is written into the code, by the name of the variable.
const IMMUTABLES = {
  PUBLISHERS: "PublisherRegistry",
  MODELS: "ModelRegistry",
  TOKEN: "PracticeUSD",
  _token: "PracticeUSD",
  TIMELOCK: STEWARD,
  _timelock: STEWARD,
  GUARDIAN: STEWARD,
  _treasury: STEWARD,
  _pool: "ReviewerPool",
  _media: "MediaRegistry",
  BENCH: "CourtBench",
};
const GENESIS = { Create2Proxy: PROXY, CallBundle: BUNDLE };
const WANTED = ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata", "storageLayout"];
// Token and stewards of a court differ from network to network; those here are for play.
const PRACTICE_ONLY = Object.keys(DEPLOYED).slice(Object.keys(DEPLOYED).indexOf("PracticeUSD"));

function compile() {
  const paths = filesBelow("src", ".sol").filter((path) => !path.startsWith("src/interfaces/"));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(paths.map((path) => [path, { content: readSource(path) }])),
    settings: {
      ...SETTINGS,
      outputSelection: {
        ...Object.fromEntries(paths.map((path) => [path, { "*": WANTED, "": ["ast"] }])),
        ...Object.fromEntries(filesBelow("src/interfaces", ".sol").map((path) => [path, { "*": ["abi"] }])),
      },
    },
  };
  const read = {};
  const compiler = loadCompiler();
  const output = JSON.parse(
    compiler.compile(JSON.stringify(input), {
      import: (path) => {
        const answer = readImport(path);
        if (answer.contents) read[path] = { content: answer.contents };
        return answer;
      },
    }),
  );
  const problems = (output.errors ?? []).filter((problem) => problem.severity !== "info");
  if (problems.length) throw new Error(problems.map((problem) => problem.formattedMessage).join("\n"));
  // The input as it would be handed in whole, every import included.
  const sources = { ...input.sources, ...read };
  const whole = { ...input, sources: Object.fromEntries(Object.keys(sources).sort().map((k) => [k, sources[k]])) };
  const inputHash = keccak(JSON.stringify({ compiler: compiler.version(), input: whole }));
  return { paths, output, inputHash };
}

/** An ABI whose arguments have the names of the interface, where the contract hands a call on and names none. */
function withNames(abi, declared = []) {
  const types = (entry) => entry.inputs.map((input) => input.type).join();
  return abi.map((entry) => {
    if (entry.type !== "function" || entry.inputs.every((input) => input.name)) return entry;
    const same = declared.find((one) => one.name === entry.name && types(one) === types(entry));
    return same ? { ...entry, inputs: same.inputs } : entry;
  });
}

/** Where CREATE2 through the proxy puts what this init code makes. */
const create2 = (initCode) =>
  checksummed(
    keccak(Buffer.concat([bytesOf("ff"), bytesOf(PROXY), bytesOf(SALT), bytesOf(keccak(bytesOf(initCode)))])).slice(26),
  );

/** A number or an address as the 32 bytes of a word, in hex. */
const word = (value) =>
  typeof value === "number" ? value.toString(16).padStart(64, "0") : value.slice(2).toLowerCase().padStart(64, "0");

/** Constructor arguments as they follow the code: every type of ours has a fixed size. */
const encoded = (values, addresses) =>
  values.flat(2).map((value) => word(typeof value === "number" ? value : placed(value, addresses))).join("");

/** Where a contract stands; an error where it is deployed later, or never. */
function placed(name, addresses) {
  if (!addresses[name]) throw new Error(`${name} does not stand yet`);
  return addresses[name];
}

/** The names of all variables whose value is written into the code, by their number in this compilation. */
function immutableNames(output) {
  const names = {};
  const look = (node) => {
    if (node === null || typeof node !== "object") return;
    if (node.nodeType === "VariableDeclaration" && node.mutability === "immutable") names[node.id] = node.name;
    Object.values(node).forEach(look);
  };
  Object.values(output.sources).forEach((source) => look(source.ast));
  return names;
}

/** Runtime code with its immutables filled in. */
function filled(deployed, names, addresses) {
  let code = deployed.object;
  for (const [id, places] of Object.entries(deployed.immutableReferences ?? {})) {
    const name = names[id];
    if (!IMMUTABLES[name]) throw new Error(`nothing is known to be written into the code as ${name ?? id}`);
    const value = word(placed(IMMUTABLES[name], addresses));
    for (const { start, length } of places) {
      code = code.slice(0, 2 * start) + value.slice(-2 * length) + code.slice(2 * (start + length));
    }
  }
  return `0x${code}`;
}

/** Storage layout without the numbers that differ between compilations of other files. */
function layoutOf(layout) {
  const tidy = (text) => text.replace(/\)\d+(_storage)?/g, ")$1");
  return JSON.parse(tidy(JSON.stringify({
    storage: layout.storage.map(({ astId, ...rest }) => rest),
    types: Object.fromEntries(
      Object.entries(layout.types ?? {}).map(([name, { members, ...rest }]) => [
        name, { ...rest, ...(members && { members: members.map(({ astId, ...member }) => member) }) },
      ]),
    ),
  })));
}

function artefacts() {
  const { paths, output, inputHash } = compile();
  const files = {};
  const addresses = {};
  const codeHashes = {};
  const constructors = {};
  const names = immutableNames(output);
  const made = {};
  for (const path of paths) Object.assign(made, output.contracts[path]);
  const declared = (name) => output.contracts[`src/interfaces/I${name}.sol`]?.[`I${name}`].abi;
  for (const name of [...Object.keys(DEPLOYED), ...Object.keys(GENESIS)]) {
    const { abi, evm, metadata, storageLayout } = made[name];
    const words = encoded(DEPLOYED[name] ?? [], addresses);
    const bytecode = `0x${evm.bytecode.object}`;
    const deployedBytecode = filled(evm.deployedBytecode, names, addresses);
    addresses[name] = GENESIS[name] ?? create2(bytecode + words);
    if (DEPLOYED[name]) constructors[name] = `0x${words}`;
    codeHashes[name] = keccak(bytesOf(deployedBytecode));
    files[`${name}.json`] = {
      name, abi: withNames(abi, declared(name)), bytecode, deployedBytecode, metadata, storageLayout: layoutOf(storageLayout), inputHash,
    };
  }
  files["deployment.json"] = {
    proxy: PROXY,
    salt: SALT,
    order: Object.keys(DEPLOYED),
    arguments: DEPLOYED,
    encoded: constructors,
    practiceOnly: PRACTICE_ONLY,
    genesis: Object.keys(GENESIS),
    addresses,
    codeHashes,
  };
  return files;
}

function outputs() {
  const texts = {};
  for (const [name, content] of Object.entries(artefacts())) {
    texts[join(RESOURCES, name)] = `${JSON.stringify(content, null, 1)}\n`;
  }
  texts[join(CONTRACTS, "..", "tests", "registry", "merkle-vector.json")] = vectorText();
  texts[join(CONTRACTS, "..", "tests", "lineage", "root-vectors.json")] = rootsText();
  return texts;
}

const texts = outputs();
if (process.argv[2] === "check") {
  const differing = Object.entries(texts).filter(
    ([path, text]) => !existsSync(path) || readFileSync(path, "utf8").replace(/\r\n/g, "\n") !== text,
  ).map(([path]) => path);
  const known = new Set(Object.keys(texts));
  const left = readdirSync(RESOURCES).map((name) => join(RESOURCES, name)).filter((path) => !known.has(path));
  if (differing.length || left.length) {
    console.error(`Not what these sources compile to (npm run build writes them): ${[...differing, ...left].join(", ")}`);
    process.exit(1);
  }
  console.log(`${Object.keys(texts).length} artefacts are what these sources compile to.`);
} else {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, text);
  }
  console.log(`Wrote ${Object.keys(texts).length} files.`);
}
