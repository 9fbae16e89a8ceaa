import { Coin, Document, Goods, Grid, Lock, Monitor, OfficeBuilding, Tickets } from "@element-plus/icons-vue";
import type { Component } from "vue";

export interface Entry {
  section: string;
  route: string;
  label: string;
  icon: Component;
  /** In the bar at the bottom of a phone's screen. */
  isMain?: boolean;
}

export interface Group {
  label?: string;
  entries: Entry[];
}

export const navigation: Group[] = [
  {
    entries: [
      { section: "home", route: "home", label: "nav.home", icon: Grid, isMain: true },
      { section: "products", route: "products", label: "nav.products", icon: Goods, isMain: true },
      { section: "orders", route: "orders", label: "nav.orders", icon: Tickets, isMain: true },
      { section: "resources", route: "resources", label: "nav.resources", icon: Monitor, isMain: true },
    ],
  },
  {
    label: "nav.money",
    entries: [
      { section: "wallet", route: "wallet", label: "nav.wallet", icon: Coin, isMain: true },
      { section: "bills", route: "bills", label: "nav.bills", icon: Document },
    ],
  },
  {
    label: "nav.accountGroup",
    entries: [
      { section: "account", route: "account", label: "nav.account", icon: OfficeBuilding },
      { section: "security", route: "security", label: "nav.security", icon: Lock },
    ],
  },
];

export const mainEntries = navigation.flatMap((group) => group.entries).filter((entry) => entry.isMain);
