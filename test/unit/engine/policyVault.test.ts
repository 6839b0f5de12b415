import { expect, it } from 'vitest';

import type { Vault, VaultState } from '../../../electron/engine/deps.ts';
import { PolicyVault } from '../../../electron/engine/store/policyVault.ts';

/** A host's vault, and what is in it. */
class FakeVault implements Vault {
  state: VaultState = { keeps: 'system', canBeUnprotected: false };
  readonly kept = new Map<string, string>();
  read = (name: string) => Promise.resolve(this.kept.get(name));
  write = (name: string, secret: string) => Promise.resolve(void this.kept.set(name, secret));
  remove = (name: string) => Promise.resolve(void this.kept.delete(name));
  keepUnprotected = (isAllowed: boolean) => {
    this.state = { ...this.state, keeps: isAllowed ? 'unprotected' : 'memory' };
    return Promise.resolve();
  };
}

it('keeps what it is given, and removes it when it is told to', async () => {
  const below = new FakeVault();
  const vault = new PolicyVault(below);
  await vault.write('ticket/a', 'secret');
  expect(below.kept.get('ticket/a')).toBe('secret');
  await vault.remove('ticket/a');
  expect([below.kept.size, await vault.read('ticket/a')]).toEqual([0, undefined]);
});

it('leaves nothing in the vault once a person wants that, goes on with what is in use, and can keep it again', async () => {
  const below = new FakeVault();
  below.kept.set('ticket/old', 'of before');
  const vault = new PolicyVault(below);
  expect(await vault.read('ticket/old')).toBe('of before');
  await vault.write('ticket/a', 'secret');
  await vault.apply({ keepsSignIns: false });
  await vault.write('ticket/b', 'another');
  expect(below.kept.size).toBe(0);
  expect(await vault.read('ticket/b')).toBe('another');
  await vault.apply({});
  expect([...below.kept.keys()].sort()).toEqual(['ticket/a', 'ticket/b', 'ticket/old']);
});

it('asks nothing of a vault that is not to be used', async () => {
  const below = new FakeVault();
  below.kept.set('ticket/a', 'of before');
  const vault = new PolicyVault(below);
  await vault.apply({ keepsSignIns: false });
  expect(await vault.read('ticket/a')).toBeUndefined();
});

it('takes a file without protection only where there is no key store and a person said so', async () => {
  const safe = new FakeVault();
  await new PolicyVault(safe).apply({ keepsUnprotected: true });
  expect(safe.state.keeps).toBe('system');
  const weak = new FakeVault();
  weak.state = { keeps: 'memory', canBeUnprotected: true };
  const vault = new PolicyVault(weak);
  const told: string[] = [];
  vault.onChanged(() => told.push(vault.state.keeps));
  await vault.apply({});
  expect(weak.state.keeps).toBe('memory');
  await vault.apply({ keepsUnprotected: true });
  await vault.apply({ keepsUnprotected: false });
  expect(told).toEqual(['unprotected', 'memory']);
});
