import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { AppError } from '../../shared/base/errors.ts';
import { parseEndpoint } from '../../electron/engine/relay/endpoint.ts';
import { readConsoleAddress } from '../../shared/codec/link/consoleAddress.ts';
import { formatConsoleLink, parseConsoleLink } from '../../shared/codec/link/consoleLink.ts';
import { parseViewerFile } from '../../shared/codec/viewerFile/viewerFile.ts';
import { readTitle, readViewerTarget } from '../../shared/codec/viewerFile/viewerTarget.ts';

const runs = { numRuns: 50_000 };

/** What parses is written again as what it was; what does not is `invalid`, with a sentence. */
function onlyInvalid(read: () => void): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('invalid');
    expect((error as AppError).message).toMatch(/\.$/);
  }
}

const piece = fc.oneof(
  fc.constantFrom(
    'sluice://',
    'sluice:',
    '/',
    '?view=',
    'vnc',
    'spice',
    '%00',
    '%2f',
    '..',
    '--',
    '@',
    ':',
    '#',
    '&',
    ' ',
  ),
  fc.webFragments(),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const hostile = fc.array(piece, { maxLength: 10 }).map((parts) => parts.join(''));

const way = fc.constantFrom('vnc://', 'spice://', 'spice+tls://', 'ws://', 'wss://', 'tcp://', 'unix:', '');

describe('what a person types as an address', () => {
  it('leads somewhere or is refused with a sentence, 50,000 times', () => {
    fc.assert(
      fc.property(way, hostile, (scheme, rest) =>
        onlyInvalid(() => {
          const { endpoint, isSealed } = readConsoleAddress(scheme + rest);
          const { kind } = parseEndpoint(endpoint);
          if (kind === 'tls' || kind === 'wss' || kind === 'unix') expect(isSealed).toBe(true);
        }),
      ),
      runs,
    );
  });
});

describe('what the system hands over', () => {
  it('100,000 links and files end in a target or a clear refusal', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          hostile,
          hostile.map((text) => `sluice://${text}`),
        ),
        (text) =>
          onlyInvalid(() => {
            const link = parseConsoleLink(text);
            expect(parseConsoleLink(formatConsoleLink(link))).toEqual(link);
          }),
      ),
      runs,
    );
    const field = fc.constantFrom('type', 'host', 'port', 'tls-port', 'proxy', 'title', 'password', 'ca', 'x');
    const value = fc.oneof(hostile, fc.constantFrom('spice', 'vnc', 'h', '1', '65536', 'http://p:3128', '::1'));
    const line = fc.tuple(field, value).map(([name, text]) => `${name}=${text}`);
    const file = fc
      .array(fc.oneof(line, hostile), { maxLength: 8 })
      .map((lines) => `[virt-viewer]\n${lines.join('\n')}`);
    fc.assert(
      fc.property(fc.oneof(file, hostile), (text) =>
        onlyInvalid(() => {
          const read = parseViewerFile(text);
          const { address } = readViewerTarget(read);
          expect(address).toMatch(/^\P{Cc}+$/u);
          expect(readTitle(read) ?? '').not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }),
      ),
      runs,
    );
  });
});
