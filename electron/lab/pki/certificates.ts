import type { Clock } from '../../../shared/base/clock.ts';
import { type Authority, createAuthority, type Issued, issueCertificate } from './certificate.ts';

const AUTHORITY_SUBJECT = [
  ['CN', 'Proxmox Virtual Environment'],
  ['OU', 'lab'],
  ['O', 'PVE Cluster Manager CA'],
] as const;
const NODE_SUBJECT = [
  ['OU', 'PVE Cluster Node'],
  ['O', 'Proxmox Virtual Environment'],
  ['CN', 'pve1.lab.internal'],
] as const;
const NAMES = ['localhost', '127.0.0.1', '::1', 'pve1', 'pve1.lab.internal', 'pve2', 'pve2.lab.internal'];

/** The cluster's authority and the certificate its nodes show, both made here and now. */
export class ClusterCertificates {
  readonly #clock: Clock;
  #authority: Authority;
  #current: Issued;

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

  #issue(): Issued {
    return issueCertificate(this.#authority, NODE_SUBJECT, NAMES, this.#clock.wallMs());
  }
}
