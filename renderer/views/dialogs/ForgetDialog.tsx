import { call } from '../../api/engine.ts';
import { useCluster } from '../../state/clusters.ts';
import { notifyFailure } from '../../state/toasts.ts';
import ConfirmDialog from './ConfirmDialog.tsx';

export default function ForgetDialog({ clusterId, onClose }: { clusterId: string; onClose: () => void }) {
  const cluster = useCluster(clusterId);
  if (!cluster) return null;
  const run = () => {
    call('cluster.forget', { clusterId }).catch((error: unknown) =>
      notifyFailure(`${cluster.name} was not removed.`, error),
    );
  };
  return (
    <ConfirmDialog
      title={`Remove ${cluster.name} from the list?`}
      text={`Its consoles here are closed, and the accepted certificate and the session are forgotten. Nothing changes on ${cluster.name} itself; you can add it again at any time.`}
      action={`Remove ${cluster.name}`}
      run={run}
      onClose={onClose}
    />
  );
}
