import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHART, readChartFile } from './chart.js';

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Of a key whose values of its own are better read in values.yaml. */
const LONGEST_DEFAULT = 48;

/** The chart's README: its head, and a table of all values from the schema and the defaults. */
export function chartReadme(): string {
  const schema = JSON.parse(readFileSync(path.join(CHART, 'values.schema.json'), 'utf8')) as Schema;
  const head = readFileSync(path.join(CHART, 'README.head.md'), 'utf8');
  const rows = [...valueRows('', schema, readChartFile('values.yaml'), schema.$defs ?? {})];
  return `${head}\n## Values\n\n| key | default | what |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function* valueRows(
  at: string,
  schema: Schema,
  value: unknown,
  definitions: Record<string, Schema>,
): Generator<string> {
  const { properties } = resolve(schema, definitions);
  for (const [name, part] of Object.entries(properties ?? {})) {
    const key = at === '' ? name : `${at}.${name}`;
    const own = (value as Record<string, unknown> | undefined)?.[name];
    if (own === undefined) continue; // only where a user adds it
    const isGroup = resolve(part, definitions).properties !== undefined;
    yield `| \`${key}\` | ${isGroup ? '' : shown(own)} | ${part.description ?? ''} |`;
    if (isGroup) yield* valueRows(key, part, own, definitions);
  }
}

function resolve(schema: Schema, definitions: Record<string, Schema>): Schema {
  const name = schema.$ref?.replace('#/$defs/', '');
  return name === undefined ? schema : (definitions[name] ?? schema);
}

function shown(value: unknown): string {
  if (value === null || value === '') return '';
  const text = JSON.stringify(value);
  return text.length > LONGEST_DEFAULT ? 'see values.yaml' : `\`${text}\``;
}
