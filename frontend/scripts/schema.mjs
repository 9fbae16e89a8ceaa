/**
 * The API client's types: manage.py spectacular → openapi.yaml → src/api/schema.d.ts.
 * With --check nothing is written, and the exit code says whether both files are current.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";

const root = fileURLToPath(new URL("../..", import.meta.url));
const schemaPath = join(root, "frontend/openapi.yaml");
const typesPath = join(root, "frontend/src/api/schema.d.ts");
const isCheck = process.argv.includes("--check");

function python() {
  const candidates = [process.env.KBOSS_PYTHON, join(root, ".venv/bin/python")];
  return candidates.find((path) => path && existsSync(path)) ?? "python3";
}

async function describeApi() {
  const folder = await mkdtemp(join(tmpdir(), "kboss-schema-"));
  const file = join(folder, "openapi.yaml");
  try {
    // In English, so that the result does not depend on compiled translations.
    execFileSync(python(), ["manage.py", "spectacular", "--lang", "en", "--validate", "--file", file], {
      cwd: root,
      env: { ...process.env, KBOSS_ENVIRONMENT: "test" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    return await readFile(file, "utf8");
  } finally {
    await rm(folder, { recursive: true });
  }
}

const wanted = new Map();
wanted.set(schemaPath, await describeApi());
wanted.set(typesPath, COMMENT_HEADER + astToString(await openapiTS(wanted.get(schemaPath))));

let isCurrent = true;
for (const [path, text] of wanted) {
  const actual = existsSync(path) ? await readFile(path, "utf8") : "";
  if (actual === text) continue;
  isCurrent = false;
  if (isCheck) console.error(`${path} is not current: run \`npm run schema\` in frontend/ and commit the result.`);
  else await writeFile(path, text);
}
if (isCheck && !isCurrent) process.exit(1);
