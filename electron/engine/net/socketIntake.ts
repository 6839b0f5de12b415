import { SocketReader } from './socketReader.ts';

/** What a socket needs at birth to read into our buffers. Hand it to `net.connect`, `tls.connect` or `new Socket`. */
export interface OnRead {
  buffer(): Buffer;
  callback(bytes: number): boolean;
}

/** Reader and hook of a socket that has no duplex yet. */
export class SocketIntake {
  readonly reader: SocketReader;
  readonly onread: OnRead;
  /** What came before the duplex: a TLS socket reads a little on its own. */
  readonly early: Uint8Array[] = [];
  /** Takes what landed. False pauses the socket. */
  handleLanded: (bytes: number) => boolean;

  constructor(reader: SocketReader = new SocketReader()) {
    this.reader = reader;
    this.handleLanded = this.keep;
    this.onread = { buffer: reader.offer, callback: (bytes) => this.handleLanded(bytes) };
  }

  /** For the duplex to come. */
  readonly keep = (bytes: number): boolean => {
    this.early.push(this.reader.take(bytes));
    return false;
  };
}
