// The long checks: many runs of every fuzz test and invariant from a seed of today, then slither where it is installed.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { CONTRACTS, binary } from "./tools.mjs";

const seed = process.env.SEED ?? `0x${randomBytes(8).toString("hex")}`;
console.log(`seed ${seed}`);
const run = (command, args, env) =>
  spawnSync(command, args, { cwd: CONTRACTS, stdio: "inherit", env: { ...process.env, ...env } }).status ?? 1;
const fuzz = run(
  binary("forge"),
  ["test", "--no-match-contract", "GasTest", "--fuzz-seed", seed],
  { FOUNDRY_PROFILE: "long" },
);
process.exit(fuzz || run("sh", ["script/slither.sh"]));
