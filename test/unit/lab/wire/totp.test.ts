import { describe, expect, it } from 'vitest';

import { encodeBase32, isTotpCode, totpCode } from '../../../../electron/lab/auth/totp.ts';

// RFC 6238, appendix B, the last six of its eight digits.
const secret = encodeBase32(Buffer.from('12345678901234567890'));

describe('TOTP', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('at %i s shows what the standard says', (nowS, code) => {
    expect(totpCode(secret, nowS)).toBe(code);
  });

  it('accepts a code half a minute early or late, not more', () => {
    const code = totpCode(secret, 1_000_000_020);
    const accepted = [-60, -30, 0, 30, 60].map((shiftS) => isTotpCode(secret, code, 1_000_000_020 + shiftS));
    expect(accepted).toEqual([false, true, true, true, false]);
  });

  it('writes base32 as apps read it', () => {
    expect(encodeBase32(Buffer.from('Hello!\u00de\u00ad', 'latin1'))).toBe('JBSWY3DPEHPK2');
  });
});
