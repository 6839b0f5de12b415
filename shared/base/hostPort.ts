/** Where a socket goes. `host` without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The one way an address is written: `host:port`, IPv6 in brackets. */
export function formatAddress({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
