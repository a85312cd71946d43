// Measures whole transactions and holds them to `gas-snapshot`; `gas.mjs write` writes that file anew.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CONTRACTS, binary } from "./tools.mjs";

const SNAPSHOT = join(CONTRACTS, "gas-snapshot");
const MEASURED = join(CONTRACTS, "cache", "gas", "touchstone.json");
// What may differ: 50 gas, or a thousandth where that is more.
const tolerance = (gas) => Math.max(50, gas / 1000);
// What must never be passed, whatever the snapshot says: gas in all, intrinsic gas included.
const LIMITS = { register: 62_000, "registerRoot, 10,000": 75_000, "registerMany, 100": 100 * 32_000 };

function measure() {
  rmSync(MEASURED, { force: true });
  const run = spawnSync(binary("forge"), ["test", "--match-contract", "GasTest", "--isolate"], {
    cwd: CONTRACTS, encoding: "utf8",
  });
  if (run.status !== 0) throw new Error(run.stdout + run.stderr);
  const found = JSON.parse(readFileSync(MEASURED, "utf8"));
  return Object.fromEntries(Object.entries(found).map(([name, gas]) => [name, Number(gas)]));
}

function read() {
  if (!existsSync(SNAPSHOT)) return {};
  const lines = readFileSync(SNAPSHOT, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => [line.slice(10).trim(), Number(line.slice(0, 10))]));
}

const measured = measure();
const over = Object.entries(LIMITS).filter(([name, limit]) => !(measured[name] <= limit)).map(([name]) => name);
if (process.argv[2] === "write") {
  const lines = Object.entries(measured).map(([name, gas]) => `${String(gas).padStart(10)} ${name}\n`);
  writeFileSync(SNAPSHOT, `# Gas of whole transactions; what they are is in test/Gas.t.sol. Written by: npm run gas write\n${lines.join("")}`);
  console.log(`Wrote ${lines.length} figures.`);
} else {
  const known = read();
  const names = [...new Set([...Object.keys(known), ...Object.keys(measured)])];
  const moved = names.filter((name) => !(Math.abs(known[name] - measured[name]) <= tolerance(known[name])));
  for (const name of moved) console.error(`${name}: ${measured[name]} gas, where the snapshot says ${known[name]}`);
  if (moved.length) process.exitCode = 1;
  else console.log(`${names.length} figures of gas are those of the snapshot.`);
}
for (const name of over) console.error(`${name}: more gas than it may take`);
if (over.length) process.exitCode = 1;
