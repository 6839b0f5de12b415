import { Component, type ReactNode } from 'react';

import { note } from '../state/log.ts';
import { Button } from '../widgets/Button.tsx';
import { Icon } from '../widgets/Icon.tsx';
import styles from './CrashGuard.module.css';

interface GuardProps {
  /** What it keeps from taking the rest of the window along. */
  readonly what: string;
  readonly children: ReactNode;
}

/** A mistake of ours in one part of the window leaves the other parts alone, and can be tried again. */
export class CrashGuard extends Component<GuardProps, { readonly error: Error | undefined }> {
  override state: { readonly error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: unknown) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown): void {
    note(`${this.props.what} could not be shown: ${String(error)}`, 'error');
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <section className={styles.crash} role="alert">
        <span className="bad">
          <Icon name="fail" size={20} />
        </span>
        <h2>{this.props.what} could not be shown</h2>
        <p>This is a mistake in Sluice, not in your guests: they and the tasks on the server go on.</p>
        <div className={styles.actions}>
          <Button kind="primary" onClick={() => this.setState({ error: undefined })}>
            Show it again
          </Button>
          <Button onClick={() => window.location.reload()}>Reload the window</Button>
        </div>
        <details>
          <summary>Details</summary>
          <pre>{error.stack ?? error.message}</pre>
        </details>
      </section>
    );
  }
}
