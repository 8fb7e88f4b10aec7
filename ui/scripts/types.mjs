// Writes the types of what the API reads and answers, from the server's own description of it, which a file or the
// standard input holds: `blockhouse openapi | node scripts/types.mjs > src/api/described.ts`.

import { readFileSync } from "node:fs";

const NAME = /^[A-Za-z_$][\w$]*$/;
const HEAD = `// Made by scripts/types.mjs from the server's description of its API; a test holds that it is the same. Do not edit.
`;

/** The TypeScript of all schemas, in the order of their names. */
export function typesOf(description) {
  const schemas = Object.entries(description.components.schemas).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    HEAD +
    schemas.map(([name, schema]) => `\n${comment(schema, "")}export type ${name} = ${type(schema, "")};\n`).join("")
  );
}

function comment({ description }, indent) {
  if (!description) return "";
  const lines = description.replaceAll("*/", "* /").trim().split("\n");
  if (lines.length === 1) return `/** ${lines[0]} */\n${indent}`;
  return `/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n${indent}`;
}

/** The type of one schema. What a keyword forbids beyond the type, the server holds. */
function type(schema, indent) {
  if (typeof schema !== "object") return schema === false ? "never" : "unknown";
  const { $ref, oneOf, anyOf, allOf, properties, additionalProperties } = schema;
  if ($ref) return $ref.split("/").at(-1);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)));
  const own = properties || additionalProperties ? object(schema, indent) : undefined;
  const choice = oneOf ?? anyOf;
  if (choice || allOf) {
    const parts = [
      ...(choice ? [union(choice.map((one) => type(one, indent)))] : []),
      ...(allOf ?? []).map((one) => type(one, indent)),
    ];
    const all = own ? [own, ...parts] : parts;
    return all.length === 1 ? all[0] : all.map((part) => (part.includes(" | ") ? `(${part})` : part)).join(" & ");
  }
  return union([schema.type ?? []].flat().map((kind) => kindOf(kind, schema, own, indent))) || "unknown";
}

const union = (types) => [...new Set(types)].join(" | ");

function kindOf(kind, schema, own, indent) {
  switch (kind) {
    case "integer":
    case "number":
      return "number";
    case "array":
      return array(schema, indent);
    case "object":
      return own ?? "{ [name: string]: unknown }";
    default:
      return kind;
  }
}

function array({ items, prefixItems }, indent) {
  if (prefixItems) return `[${prefixItems.map((one) => type(one, indent)).join(", ")}]`;
  const one = items === undefined ? "unknown" : type(items, indent);
  return /[ |&]/.test(one) && !one.startsWith("{") ? `(${one})[]` : `${one}[]`;
}

function object({ properties = {}, required = [], additionalProperties }, indent) {
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, schema]) => {
    const key = NAME.test(name) ? name : JSON.stringify(name);
    return `${inner}${comment(schema, inner)}${key}${required.includes(name) ? "" : "?"}: ${type(schema, inner)};\n`;
  });
  if (additionalProperties) fields.push(`${inner}[name: string]: ${type(additionalProperties, inner)};\n`);
  return fields.length ? `{\n${fields.join("")}${indent}}` : "{ [name: string]: never }";
}

if (import.meta.filename === process.argv[1])
  process.stdout.write(typesOf(JSON.parse(readFileSync(process.argv[2] ?? 0, "utf8"))));
