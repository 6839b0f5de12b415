import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ConnectRequest } from '../../electron/engine/viewer/connectRequest.ts';
import { AppError } from '../../shared/base/errors.ts';
import { RfbViewerWelcome } from '../../shared/codec/rfb/viewerWelcome.ts';
import { formatViewerFile, parseViewerFile, type ViewerFile } from '../../shared/codec/viewerFile/viewerFile.ts';

const runs = { numRuns: 1000 };
// Everything a value may be: no control characters but tab and line ends, no halves of characters.
const value = fc.string({ unit: 'grapheme', maxLength: 60 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
const text = fc.array(fc.oneof(value, fc.constantFrom('\n', '\t', '\r', ' ', '\\', '\\n', '=', '[', '#')), {
  maxLength: 6,
});
const optionalText = fc.option(
  text.map((parts) => parts.join('')),
  { nil: undefined },
);

const line = fc.oneof(
  fc.constantFrom(
    '[virt-viewer]',
    'type=spice',
    'type=vnc',
    'host=h',
    'port=5900',
    'ca=a\\nb',
    'title=\\',
    '#',
    '',
    ' ',
  ),
  fc.string({ maxLength: 40 }),
);

describe('the parser of connection files', () => {
  it('takes nothing but what it could have written, and never fails otherwise than as invalid', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        let file: ViewerFile;
        try {
          file = parseViewerFile(lines.join('\n'));
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect((error as AppError).code).toBe('invalid');
          return;
        }
        expect(parseViewerFile(formatViewerFile(file))).toEqual(file);
      }),
      runs,
    );
  });

  it('gives back every text that was written', () => {
    fc.assert(
      fc.property(optionalText, optionalText, optionalText, (password, title, caPem) => {
        const file = { type: 'spice' as const, host: 'h', tlsPort: 61_000, password, title, caPem };
        const known = Object.fromEntries(Object.entries(file).filter(([, one]) => one !== undefined));
        expect(parseViewerFile(formatViewerFile(file))).toEqual(known);
      }),
      runs,
    );
  });
});

describe('what a viewer says first', () => {
  it('is a CONNECT or fails as protocol, in whatever pieces', () => {
    const head = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom(
        'CONNECT a:1 HTTP/1.0\r\nHost: a:1\r\n\r\nREDQ',
        'CONNECT a:1 HTTP/1.1\r\n\r\n',
        'GET / HTTP/1.1\r\n\r\n',
      ),
    );
    fc.assert(
      fc.property(head, (said) => {
        const request = new ConnectRequest();
        const bytes = new TextEncoder().encode(said);
        const whole = outcome(() => new ConnectRequest().step(bytes)?.taken);
        const pieces = outcome(() => {
          for (let n = 1; n <= bytes.length; n += 1) {
            const step = request.step(bytes.subarray(0, n));
            if (step) return step.taken;
          }
          return undefined;
        });
        // A whole that fails late may be refused early in pieces; what is taken is the same.
        if (typeof whole === 'number') expect(pieces).toBe(whole);
        else expect(typeof pieces).not.toBe('number');
      }),
      runs,
    );
  });

  it('lets nobody into a screen with other bytes than the right answer', () => {
    const challenge = Uint8Array.from({ length: 16 }, (_, i) => i);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (response) => {
        const welcome = new RfbViewerWelcome({ password: 'S3cret!x', challenge });
        welcome.step(new TextEncoder().encode('RFB 003.008\n'));
        welcome.step(Uint8Array.of(2));
        expect(() => welcome.step(response)).toThrow('did not know the password');
      }),
      { numRuns: 200 },
    );
  });
});

function outcome(run: () => number | undefined): number | string | undefined {
  try {
    return run();
  } catch (error) {
    return (error as AppError).code;
  }
}
