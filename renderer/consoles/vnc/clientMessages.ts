// What the RFB client sends, looked at on its way out (RFC 6143, 7.5).

const setEncodings = 2;
const pointerEvent = 5;
const clientCutText = 6;

/** Tells messages from the later parts of a long one: the client sends in pieces of 10 KiB. */
export class ClientMessages {
  #rest = 0;

  /** The type of the message that starts here, or undefined in the middle of one. */
  typeOf(chunk: Uint8Array): number | undefined {
    if (this.#rest > 0) {
      this.#rest = Math.max(0, this.#rest - chunk.length);
      return undefined;
    }
    if (chunk[0] === clientCutText && chunk.length >= 8) this.#rest = Math.max(0, cutTextBytes(chunk) - chunk.length);
    return chunk[0];
  }
}

/** Length of a clipboard message; a negative length means the extended form, with that many bytes. */
function cutTextBytes(chunk: Uint8Array): number {
  return 8 + Math.abs(new DataView(chunk.buffer, chunk.byteOffset).getInt32(4));
}

/** Takes an encoding out of SetEncodings. Other messages stay as they are. */
export function withoutEncoding(message: Uint8Array, encoding: number): Uint8Array {
  if (message[0] !== setEncodings || message.length < 4) return message;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const count = view.getUint16(2);
  if (message.length !== 4 + 4 * count) return message;
  const kept = Array.from({ length: count }, (_, i) => view.getInt32(4 + 4 * i)).filter((one) => one !== encoding);
  const result = new Uint8Array(4 + 4 * kept.length);
  const out = new DataView(result.buffer);
  out.setUint8(0, setEncodings);
  out.setUint16(2, kept.length);
  for (const [i, one] of kept.entries()) out.setInt32(4 + 4 * i, one);
  return result;
}

/** Button mask of a pointer event, or undefined for anything else. */
export function pointerButtons(type: number | undefined, message: Uint8Array): number | undefined {
  return type === pointerEvent && message.length === 6 ? message[1] : undefined;
}
