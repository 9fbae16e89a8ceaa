import { Bell, Coin, Document, Goods, Grid, Key, Lock, Message, Monitor, OfficeBuilding, Phone, Present, PriceTag, ShoppingCart, Stamp, Ticket, Tickets } from "@element-plus/icons-vue";
import { computed, type ComputedRef, type Component } from "vue";

import { type Permission, permissions } from "@/lib/permissions";
import { useSession } from "@/stores/session";

export interface Entry {
  section: string;
  route: string;
  label: string;
  icon: Component;
  /** Only for whom may see what is there. */
  needs?: Permission;
  /** In the bar at the bottom of a phone's screen. */
  isMain?: boolean;
}

export interface Group {
  label?: string;
  entries: Entry[];
}

const navigation: Group[] = [
  {
    entries: [
      { section: "home", route: "home", label: "nav.home", icon: Grid, isMain: true },
      { section: "products", route: "products", label: "nav.products", icon: Goods, isMain: true },
      { section: "promotions", route: "promotions", label: "promotions.title", icon: Present, needs: permissions.promotions },
      { section: "prices", route: "prices", label: "nav.prices", icon: PriceTag, needs: permissions.prices },
      { section: "cart", route: "cart", label: "nav.cart", icon: ShoppingCart, needs: permissions.cart },
      { section: "orders", route: "orders", label: "nav.orders", icon: Tickets, needs: permissions.orders, isMain: true },
      { section: "resources", route: "resources", label: "nav.resources", icon: Monitor, needs: permissions.resources, isMain: true },
      { section: "approvals", route: "approvals", label: "nav.approvals", icon: Stamp, needs: permissions.approvals },
    ],
  },
  {
    label: "nav.money",
    entries: [
      { section: "wallet", route: "wallet", label: "nav.wallet", icon: Coin, needs: permissions.wallet, isMain: true },
      { section: "vouchers", route: "vouchers", label: "nav.vouchers", icon: Ticket, needs: permissions.vouchers },
      { section: "bills", route: "bills", label: "nav.bills", icon: Document, needs: permissions.bills },
    ],
  },
  {
    label: "nav.accountGroup",
    entries: [
      { section: "messages", route: "messages", label: "nav.messages", icon: Message },
      { section: "account", route: "account", label: "nav.account", icon: OfficeBuilding },
      { section: "contacts", route: "contacts", label: "contacts.title", icon: Phone, needs: permissions.contacts },
      { section: "security", route: "security", label: "nav.security", icon: Lock },
      { section: "message-settings", route: "message-settings", label: "nav.messageSettings", icon: Bell },
      { section: "tokens", route: "tokens", label: "nav.tokens", icon: Key },
    ],
  },
];

/** The navigation of this person. */
export function useNavigation(): ComputedRef<Group[]> {
  const session = useSession();
  return computed(() =>
    navigation
      .map((group) => ({ ...group, entries: group.entries.filter(({ needs }) => !needs || session.may(needs)) }))
      .filter((group) => group.entries.length),
  );
}
