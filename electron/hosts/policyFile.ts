import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';

import {
  cautiousSettings,
  type Policy,
  policyKey,
  policyPaths,
  readPolicy,
  readRegistryAnswer,
} from '../../shared/wire/policy.ts';

export interface MachinePolicy {
  readonly updateUrl: string | undefined;
  readonly forced: NonNullable<Policy['settings']>;
  /** A sentence where there is a policy that cannot be understood. */
  readonly problem: string | undefined;
}

const REGISTRY_MS = 5_000; // it answers in some 30 ms

const none: MachinePolicy = { updateUrl: undefined, forced: {}, problem: undefined };

/** The machine's policy; `path` for tests only. What is not understood makes cautious, and says so. */
export function readMachinePolicy(path?: string): MachinePolicy {
  if (path === undefined && process.platform === 'win32') return fromRegistry();
  const place = path ?? policyPaths[process.platform];
  return place === undefined ? none : fromFile(place, path === undefined);
}

function fromFile(path: string, isOurs: boolean): MachinePolicy {
  try {
    const text = readFileSync(path, 'utf8');
    if (isOthersToWrite(path, isOurs)) return refused(path, 'others than the administrator can write it');
    return understood(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return none;
    return refused(path, 'it could not be read');
  }
}

/** Whoever can write the policy of everybody is their administrator. */
function isOthersToWrite(path: string, isOurs: boolean): boolean {
  if (process.platform === 'win32') return false; // tests only
  const { mode, uid } = statSync(path);
  return (mode & 0o022) !== 0 || (isOurs && uid !== 0);
}

/** Only administrators write below this key. The program that reads it is named whole: the search path is not theirs. */
function fromRegistry(): MachinePolicy {
  const { path, name } = policyKey;
  const { status, stdout } = spawnSync('C:\\Windows\\System32\\reg.exe', ['query', path, '/v', name], {
    encoding: 'utf8',
    timeout: REGISTRY_MS,
    windowsHide: true,
  });
  if (status !== 0) return none; // there is no such key or value
  const text = readRegistryAnswer(stdout);
  return text === undefined
    ? refused(`${path}\\${name}`, 'it is no text (REG_SZ)')
    : understood(`${path}\\${name}`, text);
}

function understood(place: string, text: string): MachinePolicy {
  const read = readPolicy(text);
  if ('problem' in read) return refused(place, read.problem);
  const { updateUrl, settings = {} } = read.policy;
  return { updateUrl, forced: settings, problem: undefined };
}

function refused(place: string, why: string): MachinePolicy {
  const problem = `The policy ${place} does not hold: ${why}. Updates stay off until an administrator has corrected it.`;
  return { updateUrl: undefined, forced: cautiousSettings, problem };
}
