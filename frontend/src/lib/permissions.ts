/** What the portal asks about before it shows a page or a button. */
export const permissions = {
  orders: "orders.view_order",
  resources: "clouds.view_resource",
  wallet: "billing.view_walletbalance",
  recharge: "billing.start_recharge",
  bills: "billing.view_bill",
  buy: "orders.place_order",
  cart: "products.view_cartline",
  favorites: "products.view_favorite",
  promotions: "products.view_promotion",
  vouchers: "products.view_voucher",
  redeem: "products.redeem_voucher",
  prices: "products.view_priceagreement",
  pay: "orders.pay_order",
  cancel: "orders.cancel_order",
  approvals: "approvals.view_approval",
  ask: "approvals.submit_approval",
  contacts: "customers.view_contact",
  keepContacts: "customers.change_contact",
  revealContacts: "customers.reveal_contact",
  verify: "customers.submit_verification",
} as const;

export type Permission = (typeof permissions)[keyof typeof permissions];
