import type { ValueTransformer } from 'typeorm';

/** For a `bigint` column whose values stay below 2^53: the entity holds a number. */
export const bigintAsNumber: ValueTransformer = {
  to: (value: number | null) => value,
  from: (value: string | null) => (value === null ? null : Number(value)),
};
