import { describe, expect, it } from 'vitest';

import { formatAge, formatBytes, formatDuration, formatPart, formatRange } from '../../../renderer/state/format.ts';
import { issuerName } from '../../../renderer/views/signIn/issuerName.ts';
import { chooseRealm, splitAtRealm } from '../../../renderer/views/signIn/realmOf.ts';
import { matchText } from '../../../renderer/views/palette/match.ts';
import { beatHeights } from '../../../renderer/views/console/beatHeights.ts';

describe('figures', () => {
  it.each([
    [0, '0'],
    [512, '512 B'],
    [4096, '4 KiB'],
    [1.2 * 2 ** 30, '1.2 GiB'],
    [1010 * 2 ** 20, '1.0 GiB'],
    [640 * 2 ** 20, '640 MiB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('a part stands in the unit of its whole', () => {
    expect(formatPart(0.4 * 2 ** 20, 2 ** 20)).toBe('0.4 of 1 MiB');
    expect(formatPart(277 * 2 ** 30, 296 * 2 ** 30)).toBe('277 of 296 GiB');
    expect(formatPart(0, 64 * 2 ** 20)).toBe('0 of 64 MiB');
  });

  it('time left is a range in one unit', () => {
    expect(formatRange([18, 22])).toBe('18 to 22 s');
    expect(formatRange([230, 290])).toBe('3 to 5 min');
    expect(formatRange([7000, 11000])).toBe('1 to 4 h');
    expect(formatRange([3, 3])).toBe('3 s');
  });

  it('durations have as many digits as they are worth', () => {
    expect([200, 14_000, 180_000, 7_500_000].map(formatDuration)).toEqual(['0.2 s', '14 s', '3 min', '2 h 5 min']);
    expect([1_400, 360_000].map(formatAge)).toEqual(['1 s', '6 min']);
  });
});

describe('sign-in words', () => {
  it('takes the realm behind the last @', () => {
    expect(splitAtRealm('root@pam')).toEqual(['root', 'pam']);
    expect(splitAtRealm('ada@work@ldap')).toEqual(['ada@work', 'ldap']);
    expect(splitAtRealm('@pam')).toEqual(['@pam', undefined]);
  });

  it('chooses the wanted realm, else the default, else Linux accounts', () => {
    const realms = [
      { realm: 'ldap', type: 'ldap', isDefault: false },
      { realm: 'pam', type: 'pam', isDefault: false },
      { realm: 'pve', type: 'pve', isDefault: true },
    ];
    expect(chooseRealm(realms, 'ldap')).toBe('ldap');
    expect(chooseRealm(realms, 'gone')).toBe('pve');
    expect(chooseRealm(realms.slice(0, 2), '')).toBe('pam');
    expect(chooseRealm([], 'pam')).toBe('');
  });

  it('names an issuer by what people know', () => {
    expect(issuerName("C=US,O=Let's Encrypt,CN=R3")).toBe("Let's Encrypt");
    expect(issuerName('CN=PVE Cluster Manager CA')).toBe('PVE Cluster Manager CA');
    expect(issuerName('something')).toBe('something');
  });
});

describe('the palette', () => {
  it('wants every word, in the title or beside it, and prefers the start of the title', () => {
    expect(matchText('mig node', 'Migrate ws to another node')?.ranges).toEqual([
      [0, 3],
      [22, 26],
    ]);
    expect(matchText('web pve2', 'web-edge', 'lab, 204 on pve2')?.ranges).toEqual([[0, 3]]);
    expect(matchText('web x', 'web-edge')).toBeUndefined();
    const score = (title: string) => matchText('db', title)?.score ?? 0;
    expect(score('db')).toBeGreaterThan(score('db-primary'));
    expect(score('db-primary')).toBeGreaterThan(score('test-db'));
    expect(score('test-db')).toBeGreaterThan(score('hdbx'));
    expect(matchText('', 'anything')?.score).toBe(0);
  });
});

describe('the heartbeat', () => {
  it('draws the usual trip the same height whatever it is, and twice as long twice as high', () => {
    expect(beatHeights([10, 10, 20, 10])).toEqual([5, 5, 10, 5]);
    expect(beatHeights([200, 200, 400, 200])).toEqual([5, 5, 10, 5]);
    expect(Math.max(...beatHeights([1, 1, 900]))).toBe(12);
    expect(beatHeights([])).toEqual([]);
  });
});
