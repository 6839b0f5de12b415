/** What arrived from a terminal: text to insert, or a key by name such as `left` or `ctrl-c`. */
export type InputEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'key'; readonly key: string };

const byFinal: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
};
const byNumber: Readonly<Record<string, string>> = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'page-up',
  6: 'page-down',
  7: 'home',
  8: 'end',
};
const byControl: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\x7f': 'backspace',
};

// An escape sequence longer than this is none.
const MAX_SEQUENCE = 32;

/** Turns bytes into text and keys, however the bytes are cut. */
export class InputDecoder {
  readonly #decoder = new TextDecoder();
  #sequence = '';

  push(bytes: Uint8Array): InputEvent[] {
    const events: InputEvent[] = [];
    let text = '';
    const flush = () => {
      if (text) events.push({ kind: 'text', text });
      text = '';
    };
    for (const character of this.#decoder.decode(bytes, { stream: true })) {
      if (this.#sequence === '' && character >= ' ' && character !== '\x7f') {
        text += character;
        continue;
      }
      flush();
      const key = this.#sequence === '' && character !== '\x1b' ? controlName(character) : this.#escape(character);
      if (key) events.push({ kind: 'key', key });
    }
    flush();
    return events;
  }

  /** Takes one more character of a sequence; gives its key at the end, '' when it means nothing here. */
  #escape(character: string): string | undefined {
    this.#sequence += character;
    const sequence = this.#sequence;
    if (sequence === '\x1b' || sequence === '\x1b[' || sequence === '\x1bO') return undefined;
    const isOpen = /^\[[0-9;?]*$/.test(sequence.slice(1)) && sequence.length < MAX_SEQUENCE;
    if (isOpen) return undefined;
    this.#sequence = '';
    return sequenceName(sequence);
  }
}

function controlName(character: string): string {
  return byControl[character] ?? `ctrl-${String.fromCharCode(character.charCodeAt(0) + 0x60)}`;
}

function sequenceName(sequence: string): string | undefined {
  if (sequence === '\x1bb') return 'word-left';
  if (sequence === '\x1bf') return 'word-right';
  if (sequence === '\x1b\x7f') return 'ctrl-w';
  const match = /^[[O](\d*)(?:;(\d+))?([A-Za-z~])$/.exec(sequence.slice(1));
  if (!match) return undefined;
  const [, number = '', modifier, final = ''] = match;
  const name = final === '~' ? byNumber[number] : byFinal[final];
  const hasModifier = modifier !== undefined && modifier !== '1';
  return hasModifier && (name === 'left' || name === 'right') ? `word-${name}` : name;
}
