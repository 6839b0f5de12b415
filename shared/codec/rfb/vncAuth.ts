import { desEncrypt } from './des.ts';

/**
 * The answer to a VNC authentication challenge of 16 bytes (RFB, security type 2). The password is cut or filled with
 * zeros to 8 bytes, and each of its bytes is read backwards by the protocol.
 */
export function vncResponse(password: string, challenge: Uint8Array): Uint8Array {
  const key = new Uint8Array(8);
  for (let i = 0; i < Math.min(8, password.length); i += 1) key[i] = reversed(password.charCodeAt(i) & 0xff);
  const response = new Uint8Array(16);
  response.set(desEncrypt(key, challenge.subarray(0, 8)), 0);
  response.set(desEncrypt(key, challenge.subarray(8, 16)), 8);
  return response;
}

/** What a Proxmox server means as the RFB password, in all its versions (PVE wire facts 3.1). */
export function rfbPassword(answer: { ticket: string; password?: string | undefined }): string {
  return (answer.password ?? answer.ticket).slice(0, 8);
}

function reversed(byte: number): number {
  let result = 0;
  for (let bit = 0; bit < 8; bit += 1) result |= ((byte >> bit) & 1) << (7 - bit);
  return result;
}
