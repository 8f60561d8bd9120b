import { useEffect, useRef } from 'react';

const keys: readonly (readonly [string, string])[] = [
  ['j or ↓', 'next action'],
  ['k or ↑', 'previous action'],
  ['Enter', 'from the list to the action'],
  ['a, then y or Enter', 'approve'],
  ['r', 'reject, with a reason'],
  ['e', 'edit subject and text; Ctrl+Enter saves'],
  ['c', 'claim, or give back'],
  ['u', 'look at the newer version'],
  ['/', 'filters'],
  ['Esc', 'leave a form or this help'],
  ['?', 'this help'],
];

/** The keys, as a list. */
export function HelpDialog({ open, close }: { open: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl className="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button className="primary">Close</button>
      </form>
    </dialog>
  );
}
