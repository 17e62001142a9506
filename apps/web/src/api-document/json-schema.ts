import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
/** A schema, as the decorators take it. */
export type SchemaObject = Schemas[string];

function convert(schema: z.ZodType, io: 'input' | 'output'): SchemaObject {
  const { $schema: _, ...converted } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  // OpenAPI 3.1 schemas are JSON Schema 2020-12, of which the type knows less.
  return converted as SchemaObject;
}

/** JSON Schema of what a client may send. */
export function inputSchema(schema: z.ZodType): SchemaObject {
  return convert(schema, 'input');
}

/** JSON Schema of what a client is answered. */
export function outputSchema(schema: z.ZodType): SchemaObject {
  return convert(schema, 'output');
}
