#!/usr/bin/env node
// Stands in for the solc executable: answers --version and --standard-json through the compiler that npm brought.
import { readFileSync } from "node:fs";
import { loadCompiler } from "./tools.mjs";

const compiler = loadCompiler();
if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${compiler.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(compiler.compile(readFileSync(0, "utf8")));
} else {
  console.error("only --version and --standard-json");
  process.exit(1);
}
