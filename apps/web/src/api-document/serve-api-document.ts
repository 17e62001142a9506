import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { inputSchema, outputSchema } from './json-schema.js';

/** Where the documentation for people is. */
export const DOCS_PATH = '/docs';

/** Serves `/openapi.json` (OpenAPI 3.1) and, for people, `/docs`. The document is made when it is first asked for. */
export function serveApiDocument(app: INestApplication): void {
  SwaggerModule.setup(DOCS_PATH, app, () => createApiDocument(app), {
    jsonDocumentUrl: '/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Looseleaf API',
  });
}

function createApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Looseleaf')
    .setVersion('1')
    .setDescription('A gift-and-stationery shop. An order that was answered with 202 is never lost and never doubled.')
    .addBearerAuth({ type: 'http', description: 'The operator key' })
    .build();
  return SwaggerModule.createDocument(app, description, {
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType
        ? { schema: schemaType === 'input' ? inputSchema(schema) : outputSchema(schema) }
        : undefined,
  });
}
