// Runs the forge that npm brought, with its platform's own executable.
import { spawnSync } from "node:child_process";
import { CONTRACTS, binary } from "./tools.mjs";

const { status, error } = spawnSync(binary("forge"), process.argv.slice(2), { cwd: CONTRACTS, stdio: "inherit" });
if (error) throw error;
process.exit(status ?? 1);
