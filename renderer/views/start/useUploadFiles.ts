import { useCallback, useEffect, useState } from 'react';

import { AppError } from '../../../shared/base/errors.ts';
import type { UploadFile } from '../../../shared/model/transfer.ts';
import { call } from '../../api/engine.ts';

/** Files chosen for an upload. The engine looks at each of them before it stands in the list. */
export function useUploadFiles(first: readonly string[]) {
  const [files, setFiles] = useState<readonly UploadFile[]>([]);
  const [failure, setFailure] = useState<AppError | undefined>(undefined);
  const add = useCallback(async (paths: readonly string[]) => {
    setFailure(undefined);
    for (const path of paths) {
      try {
        const file = await call('transfer.file', { path });
        setFiles((before) => [...before.filter((one) => one.path !== file.path), file]);
      } catch (error) {
        setFailure(AppError.from(error));
      }
    }
  }, []);
  const remove = useCallback((path: string) => setFiles((before) => before.filter((one) => one.path !== path)), []);
  const firstKey = JSON.stringify(first);
  useEffect(() => void add(JSON.parse(firstKey) as string[]), [add, firstKey]);
  return { files, add: (paths: readonly string[]) => void add(paths), remove, failure, setFailure };
}
