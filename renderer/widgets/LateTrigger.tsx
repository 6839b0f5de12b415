import {
  cloneElement,
  type ComponentProps,
  type ReactElement,
  type ReactNode,
  type RefObject,
  Suspense,
  useEffect,
  useRef,
  useState,
} from 'react';

type Trigger = ReactElement<ComponentProps<'button'>>;

interface LateTriggerProps {
  readonly trigger: Trigger;
  readonly opens: 'menu' | 'dialog';
  /** The popup with its trigger; lazy. */
  readonly children: (trigger: Trigger) => ReactNode;
}

/** A button that brings its popup, and the code for it, with the first click; that click opens it. */
export function LateTrigger({ trigger, opens, children }: LateTriggerProps) {
  const [isWanted, setWanted] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const plain = cloneElement(trigger, {
    'aria-haspopup': opens,
    'aria-expanded': false,
    onClick: () => setWanted(true),
  });
  if (!isWanted) return plain;
  return (
    <Suspense fallback={plain}>
      {children(cloneElement(trigger, { ref: button }))}
      <ClickOnce button={button} />
    </Suspense>
  );
}

/** Hands the first click on once the real trigger stands, and the focus that the plain one took along. */
function ClickOnce({ button }: { button: RefObject<HTMLButtonElement | null> }) {
  useEffect(() => {
    button.current?.focus();
    button.current?.click();
  }, [button]);
  return null;
}
