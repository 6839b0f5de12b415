import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { isTokenId, splitToken } from '../../../shared/model/apiToken.ts';
import { readText } from '../headerFile.ts';
import type { ClusterOptions } from './clusterArguments.ts';

/** What to sign in with. */
export type Secret =
  | { readonly kind: 'password'; readonly username: string; readonly realm: string; readonly password: string }
  | { readonly kind: 'token'; readonly tokenId: string; readonly secret: string }
  /** Nothing that could be asked for here: the person's browser goes to an OpenID provider. */
  | { readonly kind: 'browser'; readonly realm: string };

/** How people are asked. Absent where there is no terminal. */
export interface Prompt {
  tell(text: string): void;
  ask(question: string, options?: { isSecret?: boolean; signal?: AbortSignal }): Promise<string>;
}

/** Never from the arguments: they are there for everybody on this machine to read. */
export async function readSecret(
  options: ClusterOptions,
  knownUser: string | undefined,
  prompt: Prompt | undefined,
  isOpenId?: (realm: string) => Promise<boolean>,
): Promise<Secret> {
  const { passwordFile, tokenFile } = options;
  const user = options.user ?? knownUser;
  if (tokenFile !== undefined) return tokenIn(readText(tokenFile), tokenFile, user);
  if (user !== undefined && isTokenId(user)) {
    if (passwordFile !== undefined) throw new Error(`${user} is an API token. Give its file with --token-file.`);
    return { kind: 'token', tokenId: user, secret: await typed(prompt, `Secret of ${user}: `, '--token-file') };
  }
  if (user === undefined) throw new Error('Whose password it is was not said. Give --user USER@REALM.');
  const at = user.lastIndexOf('@');
  if (at < 1) throw new Error(`'${user}' has no realm. Write it as ${user}@pam or ${user}@pve.`);
  const realm = user.slice(at + 1);
  if (passwordFile === undefined && prompt && (await isOpenId?.(realm))) return { kind: 'browser', realm };
  const password =
    passwordFile === undefined
      ? await typed(prompt, `Password of ${user}: `, '--password-file or --token-file')
      : firstLine(readText(passwordFile));
  if (password === '') throw new Error('The password is empty.');
  return { kind: 'password', username: user.slice(0, at), realm, password };
}

function tokenIn(text: string, path: string, user: string | undefined): Secret {
  const both = splitToken(text);
  if (both) return { kind: 'token', tokenId: both.id, secret: both.secret };
  const secret = firstLine(text).trim();
  if (user !== undefined && isTokenId(user) && secret !== '') return { kind: 'token', tokenId: user, secret };
  throw new Error(`The file ${path} holds no API token. Write it as USER@REALM!NAME=SECRET.`);
}

const firstLine = (text: string) => /^[^\r\n]*/.exec(text)?.[0] ?? '';

function typed(prompt: Prompt | undefined, question: string, option: string): Promise<string> {
  if (!prompt) throw new Error(`There is no terminal to ask at. Give ${option}.`);
  return prompt.ask(question, { isSecret: true });
}

/** Questions at the terminal; what is secret is not echoed. Undefined where nobody sits there. */
export function terminalPrompt(): Prompt | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return {
    tell: (text) => void process.stderr.write(text),
    ask(question, { isSecret = false, signal } = {}) {
      let isMuted = false;
      const output = new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (!isMuted) process.stderr.write(chunk);
          done();
        },
      });
      const line = createInterface({ input: process.stdin, output, terminal: true });
      return new Promise((resolve, reject) => {
        const end = () => {
          line.close();
          if (isSecret) process.stderr.write('\n');
        };
        line.once('SIGINT', () => {
          end();
          reject(new Error('Nothing was entered.'));
        });
        line.question(question, { signal }, (answer) => {
          end();
          resolve(answer);
        });
        isMuted = isSecret;
      });
    },
  };
}
