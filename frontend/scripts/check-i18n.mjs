/**
 * Keeps the two languages complete: equal keys and placeholders in both, every key that the code names exists,
 * no key that nothing uses, and no Chinese outside the locale files.
 */
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "src");
const languages = ["zh-CN", "en"];
const problems = [];

function flatten(tree, prefix = "") {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = prefix ? `${prefix}.${key}` : key;
    return typeof value === "string" ? [[path, value]] : flatten(value, path);
  });
}

async function messagesOf(language) {
  const folder = join(source, "locales", language);
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const entries = await Promise.all(
    files.map(async (name) => {
      const tree = JSON.parse(await readFile(join(folder, name), "utf8"));
      return flatten({ [name.replace(".json", "")]: tree });
    }),
  );
  return new Map(entries.flat());
}

function placeholders(message) {
  return [...message.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).filter((name, at, all) => all.indexOf(name) === at).sort().join();
}

const [chinese, english] = await Promise.all(languages.map(messagesOf));
for (const [key, message] of chinese) {
  if (!english.has(key)) problems.push(`en lacks ${key}`);
  else if (placeholders(message) !== placeholders(english.get(key))) problems.push(`other placeholders in ${key}`);
}
for (const [key, message] of english) {
  if (!chinese.has(key)) problems.push(`zh-CN lacks ${key}`);
  if (/\p{Script=Han}/u.test(message) && !message.includes("简体中文")) problems.push(`Chinese in the English ${key}`);
}

const files = (await readdir(source, { recursive: true })).filter(
  (name) => /\.(vue|ts)$/.test(name) && !name.startsWith("locales") && !name.endsWith(".d.ts"),
);
const used = new Set();
const prefixes = [];
for (const name of files) {
  const text = await readFile(join(source, name), "utf8");
  const code = text.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->|^\s*\/\/.*$/gm, "");
  const at = code.split("\n").findIndex((line) => /\p{Script=Han}/u.test(line));
  if (at >= 0) problems.push(`Chinese literal in ${relative(root, join(source, name))}: ${code.split("\n")[at].trim()}`);
  for (const [, key] of code.matchAll(/["'`]([a-z][\w-]*(?:\.[\w-]+)+)["'`]/g)) used.add(key);
  for (const [, prefix] of code.matchAll(/`([a-z][\w-]*(?:\.[\w-]+)*\.)\$\{/g)) prefixes.push(prefix);
  for (const [, key] of code.matchAll(/\bt[en]?\(\s*["']([\w.-]+)["']/g)) {
    if (!chinese.has(key)) problems.push(`${name} names ${key}, which is in no locale`);
  }
}
for (const key of chinese.keys()) {
  if (!used.has(key) && !prefixes.some((prefix) => key.startsWith(prefix))) problems.push(`nothing uses ${key}`);
}

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log(`${chinese.size} messages, complete in ${languages.join(" and ")}.`);
