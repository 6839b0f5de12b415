import type { Certificate } from '../../../shared/model/cluster.ts';
import { type Product, products } from '../../../shared/model/product.ts';
import { formatDay } from '../../state/format.ts';
import { IconButton } from '../../widgets/Button.tsx';
import { Check } from '../../widgets/Field.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { copy } from '../copy.ts';
import styles from './CertificateCard.module.css';
import { Fingerprint } from './Fingerprint.tsx';
import { issuerName } from './issuerName.ts';

interface CardProps {
  /** What answers there, where it is one of Proxmox. */
  readonly product?: Product | undefined;
  readonly certificate: Certificate;
  readonly isTrusted: boolean;
  readonly onTrust: (isTrusted: boolean) => void;
}

/** Whether someone vouches for the server, and if nobody does, what to compare. */
export function CertificateCard({ product, certificate, isTrusted, onTrust }: CardProps) {
  if (certificate.trust === 'system' || certificate.trust === 'accepted') return <Vouched certificate={certificate} />;
  if (certificate.trust === 'changed')
    return <Changed product={product} certificate={certificate} isTrusted={isTrusted} onTrust={onTrust} />;
  return (
    <section className={styles.card} aria-label="Certificate">
      <div className={styles.top}>
        <span className="warn">
          <Icon name="lock" />
        </span>
        <div>
          <b>Is this your server?</b>
          <div className="mid">
            Its certificate is signed by {product === 'pve' ? 'the cluster' : 'the server'} itself, so no one else
            vouches for it. Compare this SHA-256 fingerprint with the one on the {placeOf(product)}.
          </div>
        </div>
      </div>
      <div className={styles.indent}>
        <Fingerprint value={certificate.fingerprint} label="SHA-256 fingerprint" />
      </div>
      <HowToCompare product={product} certificate={certificate} />
      <Check
        label={`It matches. Trust this certificate for this ${product ? 'cluster' : 'address'}.`}
        isOn={isTrusted}
        onChange={onTrust}
      />
    </section>
  );
}

const ANY_COMMAND = 'openssl x509 -noout -fingerprint -sha256 -in FILE'; // which file is for the person to know
const placeOf = (product: Product | undefined) => (product === 'pve' ? 'node' : 'server');

export function HowToCompare({ product, certificate }: Pick<CardProps, 'product' | 'certificate'>) {
  const command = product ? products[product].certificateCommand : ANY_COMMAND;
  return (
    <div className={`${styles.how} ${styles.indent} dim`}>
      <span>On the {placeOf(product)}, run</span>
      <code className="mid">{command}</code>
      {product && <IconButton icon="copy" label="Copy the command" onClick={() => void copy(command, 'command')} />}
      <span className="grow" />
      <span>valid to {formatDay(certificate.validToMs)}</span>
    </div>
  );
}

function Vouched({ certificate }: { certificate: Certificate }) {
  const said =
    certificate.trust === 'accepted'
      ? 'You accepted this server’s certificate before. It has not changed.'
      : `This computer trusts the server’s certificate, issued by ${issuerName(certificate.issuer)}.`;
  return (
    <div className={styles.vouched}>
      <span className="ok">
        <Icon name="lock" size={14} />
      </span>
      <span className="mid">{said}</span>
    </div>
  );
}

export function Changed({ product, certificate, isTrusted, onTrust }: CardProps) {
  return (
    <section className={`${styles.card} ${styles.alarm}`} aria-label="Certificate">
      <div className={styles.top}>
        <span className="warn">
          <Icon name="alert" />
        </span>
        <div>
          <b>This is not the certificate you accepted.</b>
          <div className="mid">
            It was renewed, or someone stands between you and the server. Nothing was sent. Compare the new fingerprint
            with the one on the {placeOf(product)} before you go on.
          </div>
        </div>
      </div>
      <div className={styles.pair}>
        <div>
          <h3>Accepted before</h3>
          {certificate.acceptedFingerprint && (
            <Fingerprint value={certificate.acceptedFingerprint} label="Fingerprint accepted before" />
          )}
        </div>
        <div>
          <h3>Shown now</h3>
          <Fingerprint
            value={certificate.fingerprint}
            other={certificate.acceptedFingerprint}
            label="Fingerprint shown now"
          />
        </div>
      </div>
      {certificate.isOfCluster && (
        <p className={`${styles.indent} mid`}>
          The cluster’s own authority, known from your last sign-in, signed the new one. That is how a renewal looks.
        </p>
      )}
      <HowToCompare product={product} certificate={certificate} />
      <Check
        label={`The new one matches the ${placeOf(product)}. Trust it in place of the old one.`}
        isOn={isTrusted}
        onChange={onTrust}
      />
    </section>
  );
}
