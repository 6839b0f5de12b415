import { useEffect, useState } from 'react';

import { systemClock } from '../../../shared/base/clock.ts';
import { TaskLog } from './taskLog.ts';

/** Whoever walks through the list with the arrows does not ask the server for every log on the way. */
const SETTLE_MS = 200;

/** The log of a task, followed while it is shown. */
export function useTaskLog(clusterId: string, upid: string | undefined): TaskLog | undefined {
  const [log, setLog] = useState<TaskLog | undefined>(undefined);
  useEffect(() => {
    if (upid === undefined) return undefined;
    let opened: TaskLog | undefined;
    const timer = systemClock.timer(SETTLE_MS, () => {
      opened = new TaskLog({ clusterId, upid });
      setLog(opened);
    });
    return () => {
      timer.dispose();
      opened?.dispose();
    };
  }, [clusterId, upid]);
  return log;
}
