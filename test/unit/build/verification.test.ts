import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { root } from '../../../build/paths.mjs';

/** The one file that may take the verdict from OpenSSL, because it gives its own before the first byte. */
const JUDGE = 'electron/engine/net/connector.ts';

/** The lab in the role of a source cluster: by the wire facts (8.1) only the given fingerprint counts there. */
const PLAYED_SOURCE = 'electron/lab/remote/endpointClient.ts';

const suspects: readonly RegExp[] = [
  /rejectUnauthorized/,
  /checkServerIdentity/,
  /NODE_TLS_REJECT_UNAUTHORIZED/,
  /setCertificateVerifyProc/,
  /certificate-error['"]/,
  /ignore-certificate-errors/,
  /allow-insecure-localhost/,
  /--insecure\b/,
];

const files = ['electron', 'renderer', 'shared'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

it('nothing of the program but the judge of certificates touches the verification of TLS', () => {
  expect(files.length).toBeGreaterThan(300);
  const found = files.filter((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return suspects.some((suspect) => suspect.test(text));
  });
  expect(found).toEqual([JUDGE, PLAYED_SOURCE]);
});

it('the judge is asked after every handshake, before the socket is handed out', () => {
  const text = readFileSync(join(root, JUDGE), 'utf8');
  expect(text.match(/rejectUnauthorized/g)).toHaveLength(1);
  expect(text.match(/tls\.connect\(/g)).toHaveLength(1);
  // The one maker of TLS sockets is used by the two that judge what it made.
  expect(text.match(/[^n] startHandshake\(/g)).toHaveLength(2);
  expect(text.match(/judge\(/g)).toHaveLength(2);
});

it('TLS is spoken through the connector alone', () => {
  const makers = files.filter((path) => {
    if (path.startsWith('electron/lab/')) return false; // servers
    const text = readFileSync(join(root, path), 'utf8');
    return /tls\.connect\(|https\.(request|get|Agent)|from 'node:https'|http2\.connect\(['"`]https/.test(text);
  });
  expect(makers).toEqual([JUDGE]);
});
