import * as z from 'zod/mini';

/** Which of Proxmox' servers it is: Virtual Environment, Backup Server or Datacenter Manager. */
export const product = z.enum(['pve', 'pbs', 'pdm']);
export type Product = z.infer<typeof product>;

export interface ProductFacts {
  /** As people call it. */
  readonly label: string;
  readonly port: number;
  /** What its tickets start with, colon included. */
  readonly ticketPrefix: string;
  readonly cookie: string;
  /** First word of an `Authorization` header with an API token. */
  readonly tokenWord: string;
  /** Between a token's ID and its secret. */
  readonly tokenJoin: string;
  /** The type of the realm that only it has. */
  readonly ownRealm: string;
  /** Prints the SHA-256 fingerprint of its certificate, on the server. */
  readonly certificateCommand: string;
}

/** What differs between the three for who signs in (PVE wire facts 0, 9.1, 10). */
export const products: Readonly<Record<Product, ProductFacts>> = {
  pve: {
    label: 'Proxmox VE',
    port: 8006,
    ticketPrefix: 'PVE:',
    cookie: 'PVEAuthCookie',
    tokenWord: 'PVEAPIToken',
    tokenJoin: '=',
    ownRealm: 'pve',
    certificateCommand: 'pvenode cert info',
  },
  pbs: {
    label: 'Proxmox Backup Server',
    port: 8007,
    ticketPrefix: 'PBS:',
    cookie: 'PBSAuthCookie',
    tokenWord: 'PBSAPIToken',
    tokenJoin: ':',
    ownRealm: 'pbs',
    certificateCommand: 'proxmox-backup-manager cert info',
  },
  pdm: {
    label: 'Proxmox Datacenter Manager',
    port: 8443,
    ticketPrefix: 'PDM:',
    cookie: 'PDMAuthCookie',
    tokenWord: 'PDMAPIToken',
    tokenJoin: ':',
    ownRealm: 'pdm',
    certificateCommand:
      'openssl s_client -connect localhost:8443 </dev/null | openssl x509 -noout -sha256 -fingerprint',
  },
};

/** By the realm each brings along, else by its port: nothing else is told to who is not signed in. */
export function productOf(realmTypes: readonly string[], port: number | undefined): Product {
  const all = product.options;
  return (
    all.find((one) => realmTypes.includes(products[one].ownRealm)) ??
    all.find((one) => products[one].port === port) ??
    'pve'
  );
}
