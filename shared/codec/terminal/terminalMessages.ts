// What termproxy reads (PVE wire facts 4.3). The length is of bytes; one message a WebSocket frame.

/** Typed or pasted bytes. Never called with none: `0:0:` means nothing to the server. */
export function inputMessage(payload: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`0:${payload.length}:`);
  const message = new Uint8Array(head.length + payload.length);
  message.set(head, 0);
  message.set(payload, head.length);
  return message;
}

export function resizeMessage(cols: number, rows: number): Uint8Array {
  return new TextEncoder().encode(`1:${cols}:${rows}:`);
}

/** Keeps what is in between awake. Never answered. */
export const pingMessage: Uint8Array = Uint8Array.of(0x32);
