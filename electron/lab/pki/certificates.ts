import type { Clock } from '../../../shared/base/clock.ts';
import { type Authority, createAuthority, type Issued, issueCertificate } from './certificate.ts';

const AUTHORITY_SUBJECT = [
  ['CN', 'Proxmox Virtual Environment'],
  ['OU', 'lab'],
  ['O', 'PVE Cluster Manager CA'],
] as const;
const subjectOf = (node: string) =>
  [
    ['OU', 'PVE Cluster Node'],
    ['O', 'Proxmox Virtual Environment'],
    ['CN', `${node}.lab.internal`],
  ] as const;
const FIRST = 'pve1';
const NODE_SUBJECT = subjectOf(FIRST);
const NAMES = ['localhost', '127.0.0.1', '::1', 'pve1', 'pve1.lab.internal', 'pve2', 'pve2.lab.internal'];

/** The cluster's authority and the certificate its nodes show, both made here and now. */
export class ClusterCertificates {
  readonly #clock: Clock;
  #authority: Authority;
  #current: Issued;
  /** Of the nodes that are reached at addresses of their own. */
  readonly #others = new Map<string, Issued>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#authority = createAuthority(AUTHORITY_SUBJECT, clock.wallMs());
    this.#current = this.#issue();
  }

  get caPem(): string {
    return this.#authority.certificatePem;
  }

  /** What is served now. */
  get current(): Issued {
    return this.#current;
  }

  /** What a node shows. */
  of(node: string): Issued {
    if (node === FIRST) return this.#current;
    const known = this.#others.get(node) ?? this.#issueOf(node, this.#authority);
    this.#others.set(node, known);
    return known;
  }

  /** A node shows one that a stranger signed. */
  replaceOf(node: string): Issued {
    if (node === FIRST) return this.replace(true);
    const issued = this.#issueOf(node, createAuthority(AUTHORITY_SUBJECT, this.#clock.wallMs()));
    this.#others.set(node, issued);
    return issued;
  }

  /** What a guest's SPICE server shows, with the subject as tickets write it: parts joined in certificate order. */
  forSpice(): { caPem: string; certificatePem: string; keyPem: string; subject: string } {
    const { certificatePem, keyPem } = this.#current;
    const subject = NODE_SUBJECT.map(([part, text]) => `${part}=${text}`).join(',');
    return { caPem: this.caPem, certificatePem, keyPem, subject };
  }

  /** A new certificate; with `newAuthority` it comes from somebody nobody knows. */
  replace(newAuthority: boolean): Issued {
    if (newAuthority) this.#authority = createAuthority(AUTHORITY_SUBJECT, this.#clock.wallMs());
    this.#current = this.#issue();
    return this.#current;
  }

  #issueOf(node: string, authority: Authority): Issued {
    const names = ['localhost', '127.0.0.1', '127.0.0.2', '127.0.0.3', node, `${node}.lab.internal`];
    return issueCertificate(authority, subjectOf(node), names, this.#clock.wallMs());
  }

  #issue(): Issued {
    return issueCertificate(this.#authority, NODE_SUBJECT, NAMES, this.#clock.wallMs());
  }
}
