import { connect } from 'node:net';

import { systemClock } from '../../../shared/base/clock.ts';
import { type ControlAnswer, controlAnswer, type ControlRequest, MOST_LINE_BYTES } from './controlMessages.ts';

const ANSWER_MS = 40_000; // a cluster that is being signed in to, and its list of guests

/** What the app that listens there answers. Undefined where none listens, or something that is none of ours. */
export function askControl(
  path: string,
  request: ControlRequest,
  answerMs = ANSWER_MS,
): Promise<ControlAnswer | undefined> {
  return new Promise((resolve) => {
    let line = '';
    const socket = connect(path);
    const finish = (answer: ControlAnswer | undefined) => {
      limit.dispose();
      socket.destroy();
      resolve(answer);
    };
    const limit = systemClock.timer(answerMs, () => finish(undefined));
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.once('error', () => finish(undefined));
    socket.once('close', () => finish(undefined));
    socket.on('data', (text: string) => {
      line += text;
      if (line.length > MOST_LINE_BYTES) finish(undefined);
      if (line.endsWith('\n')) finish(read(line));
    });
  });
}

function read(line: string): ControlAnswer | undefined {
  try {
    const parsed = controlAnswer.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not ours
  }
}
