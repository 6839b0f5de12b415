// What an administrator decides for everybody who uses the machine: a file at a place that only they can write.
import * as z from 'zod/mini';

import { type ForcedSettings, forcedSettings } from '../model/settings.ts';

const MOST_CHARACTERS = 1 << 16; // a policy is some lines

const updateUrl = z.string().check(z.maxLength(2_000), z.refine(isSafeFeed, 'has to be an https:// address'));

const policy = z.strictObject({
  /** Where updates come from, in place of what the package says. */
  updateUrl: z.optional(updateUrl),
  settings: z.optional(forcedSettings),
});
export type Policy = z.infer<typeof policy>;

/**
 * Fixed, and not from the environment, which belongs to the person. Windows has no folder for it that every user of the
 * machine could not fill first: there it is a value of the registry.
 */
export const policyPaths: Readonly<Record<string, string>> = {
  linux: '/etc/sluice/policy.json',
  darwin: '/Library/Application Support/Sluice/policy.json',
};
export const policyKey = { path: 'HKLM\\SOFTWARE\\Policies\\Sluice', name: 'Policy' };

/** The value in what `reg query` prints; undefined where there is none. */
export function readRegistryAnswer(text: string): string | undefined {
  return /^ {4}Policy {4}REG_SZ {4}(.*)$/m.exec(text.replaceAll('\r', ''))?.[1];
}

/** What holds where the file cannot be understood: an administrator wanted something, so nothing is done unasked. */
export const cautiousSettings: ForcedSettings = { updates: 'off' };

/** Reads a policy strictly: what is not known is refused, as a misspelt word would otherwise be no policy at all. */
export function readPolicy(text: string): { readonly policy: Policy } | { readonly problem: string } {
  if (text.length > MOST_CHARACTERS) return { problem: 'it is longer than 64 KiB' };
  let document: unknown;
  try {
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return { problem: 'it is not JSON' };
  }
  const parsed = policy.safeParse(document);
  if (parsed.success) return { policy: parsed.data };
  return { problem: parsed.error.issues.slice(0, 3).map(describeIssue).join('; ') };
}

function describeIssue(issue: {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  keys?: unknown;
}): string {
  const path = issue.path.map(String).join('.');
  const unknown = Array.isArray(issue.keys) ? `unknown: ${issue.keys.map(String).join(', ')}` : issue.message;
  return path === '' ? unknown : `${path}: ${unknown}`;
}

/** Encrypted, or on this very machine. Nothing of the person's goes into it. */
export function isSafeFeed(url: string): boolean {
  return /^(?:https:\/\/[a-z0-9.-]+|http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::\d{1,5})?(?:\/[^\s?#]*)?$/i.test(
    url,
  );
}
