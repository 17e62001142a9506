import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** The path of a file of certificates (PEM), which is there and can be read. */
export const certificateFile = pemFile((text) => new X509Certificate(text));
/** The path of a file of a private key without a passphrase (PEM), which is there and can be read. */
export const keyFile = pemFile((text) => createPrivateKey(text));

function pemFile(parse: (text: Buffer) => unknown): z.ZodString {
  return z
    .string()
    .min(1)
    .superRefine((file, context) => {
      try {
        parse(readFileSync(file));
      } catch (error) {
        context.addIssue(`it must name a PEM file: ${(error as Error).message}`);
      }
    });
}
