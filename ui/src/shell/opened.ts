// A dialog that an address may ask for, as `/app/people#invite` does.

import { useLocation, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";

/** Whether the dialog is open: also when the address comes to name it, which it does once. */
export function useOpened(name: string): [boolean, (isOpen: boolean) => void] {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const isAsked = useLocation({ select: ({ hash }) => hash === name });
  useEffect(() => {
    if (!isAsked) return;
    setOpen(true);
    void navigate({ to: ".", search: true, replace: true } as never);
  }, [isAsked, navigate]);
  return [isOpen, setOpen];
}
