import { Menu } from '@base-ui/react/menu';
import { Fragment } from 'react';

import { Icon } from './Icon.tsx';
import { Kbd } from './Kbd.tsx';
import type { MenuAtProps, MenuButtonProps, MenuGroup, MenuItem } from './menuGroup.ts';
import styles from './Menu.module.css';
import { usePortalHome } from './portalHome.ts';

/** What keeps all of a group off is said once, above them. */
const commonReason = ({ items }: MenuGroup): string | undefined => {
  const [first, second] = items;
  const isCommon = second !== undefined && items.every(({ offBecause }) => offBecause === first?.offBecause);
  return isCommon ? first?.offBecause : undefined;
};

function Item({ item, isExplained }: { item: MenuItem; isExplained: boolean }) {
  const content = (
    <>
      <span className={styles.mark}>
        {item.isOn === undefined ? item.icon && <Icon name={item.icon} size={14} /> : null}
        {item.isOn && <Icon name="check" size={14} />}
      </span>
      <span className="grow cut">
        {item.label}
        {item.offBecause && !isExplained && <span className={styles.why}>{item.offBecause}</span>}
      </span>
      {item.keys && <Kbd keys={item.keys} />}
    </>
  );
  const shared = {
    className: `${styles.item} ${item.isDanger && !item.offBecause ? styles.danger : ''}`,
    ...(item.offBecause && { 'aria-description': item.offBecause, title: item.offBecause }),
    disabled: item.isOff === true || item.offBecause !== undefined,
    onClick: item.run,
  };
  if (item.isOn === undefined) return <Menu.Item {...shared}>{content}</Menu.Item>;
  return (
    <Menu.CheckboxItem {...shared} checked={item.isOn} closeOnClick>
      {content}
    </Menu.CheckboxItem>
  );
}

function Items({ groups }: { groups: readonly MenuGroup[] }) {
  return groups
    .filter((group) => group.items.length > 0)
    .map((group, at) => (
      <Fragment key={group.heading ?? group.items[0]?.label}>
        {at > 0 && <Menu.Separator className={styles.line ?? ''} />}
        <Menu.Group>
          {group.heading && <Menu.GroupLabel className={styles.heading ?? ''}>{group.heading}</Menu.GroupLabel>}
          {commonReason(group) && (
            <Menu.GroupLabel className={styles.reason ?? ''}>{commonReason(group)}</Menu.GroupLabel>
          )}
          {group.items.map((item) => (
            <Item key={item.label} item={item} isExplained={commonReason(group) !== undefined} />
          ))}
        </Menu.Group>
      </Fragment>
    ));
}

export function ButtonMenu(props: MenuButtonProps) {
  const { trigger, groups, align = 'start', side = 'bottom' } = props;
  return (
    <Menu.Root>
      <Menu.Trigger render={trigger} />
      <Menu.Portal {...usePortalHome()}>
        <Menu.Positioner sideOffset={4} align={align} side={side} className={styles.positioner ?? ''}>
          <Menu.Popup className={styles.popup ?? ''}>
            <LateItems groups={groups} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

const LateItems = ({ groups }: { groups: () => readonly MenuGroup[] }) => <Items groups={groups()} />;

export function PlacedMenu(props: MenuAtProps) {
  const { rect, label, groups, onClose } = props;
  const anchor = { getBoundingClientRect: () => DOMRect.fromRect(rect) };
  return (
    <Menu.Root open onOpenChange={(open) => !open && onClose()}>
      <Menu.Portal {...usePortalHome()}>
        <Menu.Positioner anchor={anchor} align="start" side="bottom" className={styles.positioner ?? ''}>
          <Menu.Popup className={styles.popup ?? ''} aria-label={label}>
            <Items groups={groups} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
