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
// What each deployed contract is made with, in the order of deployment: names stand for addresses.
const DEPLOYED = {
  PublisherRegistry: [],
  MediaRegistry: ["PublisherRegistry"],
  ModelRegistry: ["PublisherRegistry"],
  PracticeUSD: [],
};
const GENESIS = { Create2Proxy: PROXY, CallBundle: BUNDLE };
const WANTED = ["abi", "evm.bytecode", "evm.deployedBytecode", "metadata", "storageLayout"];
const PRACTICE_ONLY = ["PracticeUSD"];

function compile() {
  const paths = filesBelow("src", ".sol").filter((path) => !path.startsWith("src/interfaces/"));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(paths.map((path) => [path, { content: readSource(path) }])),
    settings: {
      ...SETTINGS,
      outputSelection: Object.fromEntries(paths.map((path) => [path, { "*": WANTED }])),
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

/** Where CREATE2 through the proxy puts what this init code makes. */
const create2 = (initCode) =>
  checksummed(
    keccak(Buffer.concat([bytesOf("ff"), bytesOf(PROXY), bytesOf(SALT), bytesOf(keccak(bytesOf(initCode)))])).slice(26),
  );

/** An address as the 32 bytes of a word. */
const word = (address) => address.slice(2).toLowerCase().padStart(64, "0");

/** Runtime code with its immutables filled in. Each is an address here, in the order of the constructor's arguments. */
function filled(deployed, words) {
  let code = deployed.object;
  const references = Object.keys(deployed.immutableReferences ?? {}).sort((a, b) => a - b);
  if (references.length !== words.length) throw new Error("immutables and constructor arguments differ in number");
  references.forEach((id, i) => {
    for (const { start, length } of deployed.immutableReferences[id]) {
      code = code.slice(0, 2 * start) + words[i].slice(-2 * length) + code.slice(2 * (start + length));
    }
  });
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
  const made = {};
  for (const path of paths) Object.assign(made, output.contracts[path]);
  for (const name of [...Object.keys(DEPLOYED), ...Object.keys(GENESIS)]) {
    const { abi, evm, metadata, storageLayout } = made[name];
    const words = (DEPLOYED[name] ?? []).map((argument) => word(addresses[argument]));
    const bytecode = `0x${evm.bytecode.object}`;
    const deployedBytecode = filled(evm.deployedBytecode, words);
    addresses[name] = GENESIS[name] ?? create2(bytecode + words.join(""));
    codeHashes[name] = keccak(bytesOf(deployedBytecode));
    files[`${name}.json`] = {
      name, abi, bytecode, deployedBytecode, metadata, storageLayout: layoutOf(storageLayout), inputHash,
    };
  }
  files["deployment.json"] = {
    proxy: PROXY,
    salt: SALT,
    order: Object.keys(DEPLOYED),
    arguments: DEPLOYED,
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
