import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of an authority made for a test, and of a server's certificate that it signed. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes them with openssl. @param host the only name for which the certificate is good */
export function makeCertificates(folder: string, host: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const [authority, authorityKey, request] = [at('ca.crt'), at('ca.key'), at('server.csr')];
  const [certificate, key, extensions] = [at('server.crt'), at('server.key'), at('server.ext')];
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', authorityKey, '-out', authority, '-days', '2', '-subj', '/CN=test');
  openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${host}`);
  writeFileSync(extensions, `subjectAltName=DNS:${host}\n`);
  const signedBy = ['-CA', authority, '-CAkey', authorityKey, '-CAcreateserial'];
  openssl('x509', '-req', '-in', request, ...signedBy, '-out', certificate, '-days', '2', '-extfile', extensions);
  return { authority, certificate, key };
}

/** Whether there is an openssl to make them with. */
export function hasOpenssl(): boolean {
  try {
    openssl('version');
    return true;
  } catch {
    return false;
  }
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}
