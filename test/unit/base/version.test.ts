import { describe, expect, it } from 'vitest';

import { compareVersions } from '../../../shared/base/version.ts';
import { checkDataMark } from '../../../shared/wire/dataMark.ts';

// semver.org 2.0.0, 11, oldest first.
const inOrder = [
  '0.9.9',
  '0.10.0-alpha',
  '0.10.0-alpha.1',
  '0.10.0-alpha.beta',
  '0.10.0-beta.2',
  '0.10.0-beta.11',
  '0.10.0-rc.1',
  '0.10.0',
  '1.0.0',
];

describe('ages of versions', () => {
  it('are those of semantic versioning', () => {
    for (const [a, left] of inOrder.entries()) {
      for (const [b, right] of inOrder.entries()) {
        expect(Math.sign(compareVersions(left, right) ?? Number.NaN), `${left} and ${right}`).toBe(Math.sign(a - b));
      }
    }
    expect(compareVersions('1.0.0+linux', '1.0.0+mac')).toBe(0);
  });

  it('are not told of what is no version', () => {
    for (const text of ['', '1.0', 'v1.0.0', '1.0.0.0', 'latest', '1.0.0 ']) {
      expect(compareVersions(text, '1.0.0'), text).toBeUndefined();
    }
  });
});

describe('the mark of a data folder', () => {
  it('is due where there is none, a damaged or an older one', () => {
    expect(checkDataMark(undefined, '0.2.0')).toBe(true);
    expect(checkDataMark({ version: 7 }, '0.2.0')).toBe(true);
    expect(checkDataMark({ version: '0.1.9' }, '0.2.0')).toBe(true);
    expect(checkDataMark({ version: '0.2.0' }, '0.2.0')).toBe(false);
  });

  it('of a newer version is refused with a reason that names both', () => {
    expect(() => checkDataMark({ version: '0.3.0' }, '0.2.0')).toThrow(
      /written by Sluice 0\.3\.0\. This is Sluice 0\.2\.0, which is older.*Install Sluice 0\.3\.0 or later/,
    );
    expect(() => checkDataMark({ version: '0.2.0' }, '0.2.0-beta.1')).toThrow(/older/);
  });
});
