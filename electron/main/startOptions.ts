import { runningDemo, type ToUtility } from '../../shared/wire/hostMessages.ts';

export interface StartOptions {
  /** Where settings, window place and secrets are kept, in place of the platform's usual folder. */
  readonly dataDir: string | undefined;
  /** The demo cluster of the command that started the app. */
  readonly demo: Extract<ToUtility, { kind: 'start' }>['demo'];
}

/** The command line may be read by every user of the machine; the demo's password comes in the environment. */
export function readStartOptions(argv: readonly string[], env: NodeJS.ProcessEnv): StartOptions {
  const prefix = '--data-dir=';
  const dataDir = argv.find((argument) => argument.startsWith(prefix))?.slice(prefix.length);
  const text = env.SLUICE_DEMO;
  const demo = text === undefined ? undefined : runningDemo.parse(JSON.parse(text));
  return { dataDir, demo };
}
