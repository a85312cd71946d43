// `mutate.mjs FOLDER [options]`: changes the contracts in small ways, one at a time, and runs the tests for each.
//
// FOLDER, outside the repository, gets a copy of the contracts with all changes behind switches (mutants.mjs), and
// results.jsonl, one line for each change that was tried; run again, it goes on where it stopped. A change that no test
// notices has to be in mutants-accepted.json, with the reason why it changes nothing. Ends with a table; fails where less
// than 80 of 100 were noticed, or any was not that is not listed.
//
// --files A,B, --kinds A,B, --every N and --most N choose; --fast leaves out the invariants and what is as slow; --again
// also tries what no test noticed, with --left nothing else; --report only tells.
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { mutantsOf, shortOf, sourcesOf, switched } from "./mutants.mjs";
import { CONTRACTS, SETTINGS, binary, filesBelow, loadCompiler, readImport, readSource } from "./tools.mjs";

const FILES = [
  "src/ReviewerPool.sol", "src/FactCheckCourt.sol", "src/lib/SumTree.sol", "src/lib/PoolSettings.sol", "src/lib/Paused.sol",
  ...filesBelow("src/court", ".sol"),
];
// The quick tests of a source that is changed; what they do not notice meets the slow ones of all.
const OF_POOL = "^(ReviewerPoolTest|SumTreeTest|PoolMutantsTest)$";
const OF_COURT = "^(FactCheckCourtTest|AdmissionTest|CourtVotesTest|CourtBoundsTest|Court\\w*MutantsTest)$";
const FAST = (file) => (/ReviewerPool|SumTree|PoolSettings|Paused/.test(file) ? OF_POOL : OF_COURT);
const SLOW = "^(PoolInvariantsTest|CourtInvariantsTest|CourtPausesTest|CourtTokensTest)$";
// Mutants may loop for ever; so much gas is gone within seconds.
const GAS = ["--gas-limit", "4000000000", "--code-size-limit", "1000000"];
const ACCEPTED = join(CONTRACTS, "script", "mutants-accepted.json");

const [folder, ...rest] = process.argv.slice(2);
if (!folder || folder.startsWith("--")) throw new Error("say which folder outside the repository to work in");
const option = (name) => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
const target = resolve(folder);
const results = join(target, "results.jsonl");

function compiled(texts, wanted) {
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(Object.entries(texts).map(([path, content]) => [path, { content }])),
    settings: { ...SETTINGS, optimizer: { enabled: false }, outputSelection: wanted },
  };
  return JSON.parse(loadCompiler().compile(JSON.stringify(input), { import: readImport }));
}

/** Every change that the compiler takes. Those that it does not are left out one by one, as it names them. */
function build() {
  const all = filesBelow("src", ".sol");
  const texts = Object.fromEntries(all.map((path) => [path, readSource(path)]));
  const files = option("--files")?.split(",") ?? FILES;
  const sources = sourcesOf(files, texts, compiled(texts, { "*": { "": ["ast"] } }));
  const mutants = mutantsOf(sources);
  let left = mutants;
  for (;;) {
    const changed = { ...texts };
    for (const source of sources) changed[source.path] = switched(source, left.filter((m) => m.file === source.path));
    const output = compiled(changed, { "*": { "*": ["abi"] } });
    const errors = (output.errors ?? []).filter((e) => e.severity === "error");
    if (!errors.length) return { mutants: left, changed, dropped: mutants.length - left.length };
    const bad = new Set(errors.map((e) => blamed(e, changed)).filter(Boolean));
    if (!bad.size) throw new Error(errors[0].formattedMessage);
    left = left.filter((mutant) => !bad.has(mutant.id));
  }
}

/** The change around which the compiler found something wrong: the innermost switch before it. */
function blamed({ sourceLocation: where }, changed) {
  if (!where) return undefined;
  const text = Buffer.from(changed[where.file] ?? "");
  const upTo = text.subarray(0, where.end + 60).toString();
  const numbers = [...upTo.matchAll(/block\.prevrandao == (\d+)|_\((\d+)\)/g)].map((m) => [m.index, Number(m[1] ?? m[2])]);
  const inside = numbers.filter(([index]) => Buffer.byteLength(upTo.slice(0, index)) >= where.start - 1);
  return (inside[0] ?? numbers.at(-1))?.[1];
}

function copied(changed) {
  const there = join(target, "contracts");
  rmSync(there, { recursive: true, force: true });
  for (const part of ["test", "script", "foundry.toml", "package.json"]) {
    cpSync(join(CONTRACTS, part), join(there, part), { recursive: true });
  }
  symlinkSync(join(CONTRACTS, "node_modules"), join(there, "node_modules"));
  // These hold artefacts, gas and vectors, none of which is about what a change does.
  for (const name of ["Gas", "CourtGas", "PoolGas", "Practice", "Merkle", "DataRoots", "Signatures", "Invariants", "ModelInvariants",
    "MediaRegistry", "ModelRegistry", "PublisherRegistry"]) {
    rmSync(join(there, "test", `${name}.t.sol`), { force: true });
  }
  for (const [path, text] of Object.entries(changed)) {
    mkdirSync(join(there, path, ".."), { recursive: true });
    writeFileSync(join(there, path), text);
  }
  return there;
}

function tested(there, id, match) {
  const { status, stdout, error } = spawnSync(
    binary("forge"),
    ["test", "--match-contract", match, "--fail-fast", "--block-prevrandao", `0x${id.toString(16).padStart(64, "0")}`, ...GAS],
    {
      cwd: there, encoding: "utf8", timeout: 180_000, killSignal: "SIGKILL", maxBuffer: 1 << 28,
      env: { ...process.env, FOUNDRY_OPTIMIZER: "false", FOUNDRY_FUZZ_RUNS: "4", FOUNDRY_INVARIANT_RUNS: "3", FOUNDRY_THREADS: "1" },
    },
  );
  if (error?.code === "ETIMEDOUT") return "time";
  if (status === 0) return "";
  return /\[FAIL[^\n]*\] (\w+)/.exec(stdout)?.[1] ?? (/FAIL/.test(stdout) ? "failed" : `broken: ${stdout.slice(-300)}`);
}

/** By file: made, noticed, accepted, unnoticed. */
function report(mutants, dropped) {
  const tried = new Map(existsSync(results) ? readFileSync(results, "utf8").trim().split("\n").filter(Boolean).map(JSON.parse).map((r) => [r.key, r]) : []);
  const accepted = existsSync(ACCEPTED) ? JSON.parse(readFileSync(ACCEPTED, "utf8")) : {};
  const rows = new Map();
  const open = [];
  for (const { key, file, line } of mutants) {
    const row = rows.get(file) ?? { made: 0, tried: 0, noticed: 0, accepted: 0, open: 0 };
    rows.set(file, row);
    row.made++;
    const result = tried.get(key);
    if (!result) continue;
    row.tried++;
    if (result.by) row.noticed++;
    else if (accepted[key]) row.accepted++;
    else { row.open++; open.push(`${file}:${line} ${key}`); }
  }
  const sum = [...rows.values()].reduce((a, b) => Object.fromEntries(Object.keys(a).map((k) => [k, a[k] + b[k]])));
  console.log("| file | made | tried | noticed | accepted | unnoticed |\n|---|---|---|---|---|---|");
  for (const [file, row] of [...rows, ["all", sum]]) {
    console.log(`| ${file.replace("src/", "")} | ${row.made} | ${row.tried} | ${row.noticed} | ${row.accepted} | ${row.open} |`);
  }
  console.log(`${dropped} more are none that compile. Noticed: ${(100 * sum.noticed / (sum.tried || 1)).toFixed(1)} % of those tried.`);
  if (open.length) console.log(`Unnoticed and not listed:\n${open.join("\n")}`);
  return open.length === 0 && sum.noticed >= 0.8 * sum.tried;
}

const { mutants, changed, dropped } = build();
console.log(`${mutants.length} changes`);
if (!rest.includes("--report")) {
  mkdirSync(target, { recursive: true });
  const there = copied(changed);
  const whole = tested(there, 0, OF_POOL) || tested(there, 0, OF_COURT) || (rest.includes("--fast") ? "" : tested(there, 0, SLOW));
  if (whole) throw new Error(`the tests fail without any change: ${whole}`);
  const lines = existsSync(results) ? readFileSync(results, "utf8").trim().split("\n").filter(Boolean).map(JSON.parse) : [];
  const done = new Set(lines.filter((r) => r.by || !rest.includes("--again")).map((r) => r.key));
  let most = Number(option("--most") ?? Infinity);
  const [every, kinds] = [Number(option("--every") ?? 1), option("--kinds")?.split(",")];
  const tried = new Set(lines.map((r) => r.key));
  const wanted = ({ key, kind }) => !done.has(key) && (!rest.includes("--left") || tried.has(key)) && (!kinds || kinds.includes(kind)) && parseInt(shortOf(key), 16) % every === 0;
  for (const mutant of mutants.filter(wanted)) {
    if (most-- <= 0) break;
    const by = tested(there, mutant.id, FAST(mutant.file)) || (rest.includes("--fast") ? "" : tested(there, mutant.id, SLOW));
    appendFileSync(results, `${JSON.stringify({ key: mutant.key, line: mutant.line, by })}\n`);
    if (!by) console.log(`unnoticed: ${mutant.file}:${mutant.line} ${mutant.key}`);
  }
}
process.exit(report(mutants, dropped) ? 0 : 1);
