import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { invalid } from './faults.js';

/**
 * Checks a parameter that was declared with a schema (`@Body({ schema })`) and hands on what the schema made of it; any
 * fault is a 400 that names all of them. A global pipe.
 *
 * Nest's own StandardSchemaValidationPipe walks each body beforehand to delete `__proto__` and the like, which turns
 * every object into a slow one. Nothing here needs that: schemas build new objects out of the fields that they name.
 */
export class RequestValidationPipe implements PipeTransform {
  transform(value: unknown, { schema, type, data }: ArgumentMetadata): unknown {
    if (!schema) return value;
    const result = schema['~standard'].validate(value);
    if (result instanceof Promise) throw new TypeError('schemas of requests must be synchronous');
    if (!result.issues) return result.value;
    if (type === 'body') throw invalid(result.issues);
    throw invalid(result.issues, (path) => [...(data === undefined ? [] : [data]), ...path].map(String).join('.'));
  }
}
