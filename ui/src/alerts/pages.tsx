import { Siblings } from "../kit/page";

const PAGES = [
  { name: "Alerts", to: "/alerts" },
  { name: "Where they are told", to: "/alerts/destinations" },
];

export const AlertPages = () => <Siblings label="Alerts" pages={PAGES} />;
