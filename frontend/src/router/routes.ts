import type { RouteRecordRaw } from "vue-router";

declare module "vue-router" {
  interface RouteMeta {
    /** Title of the page, a message key. */
    title: string;
    /** For visitors: signing in and what belongs to it. */
    isPublic?: boolean;
    /** The entry of the navigation that is lit. */
    section?: string;
    /** The page has its own bar at the bottom of a phone's screen. */
    hasOwnBar?: boolean;
    /** Another address of the route is the same page, which remembers what it showed before. */
    keepsPage?: boolean;
  }
}

const visitors: RouteRecordRaw[] = [
  { path: "/login", name: "sign-in", component: () => import("@/pages/auth/SignIn.vue"), meta: { title: "auth.signIn" } },
  { path: "/login/mfa", name: "mfa", component: () => import("@/pages/auth/SecondFactor.vue"), meta: { title: "auth.mfaTitle" } },
  { path: "/signup", name: "sign-up", component: () => import("@/pages/auth/SignUp.vue"), meta: { title: "auth.signUp" } },
  {
    path: "/verify/email",
    name: "verify-email",
    component: () => import("@/pages/auth/VerifyCode.vue"),
    props: { channel: "email" },
    meta: { title: "auth.verifyEmail" },
  },
  {
    path: "/verify/phone",
    name: "verify-phone",
    component: () => import("@/pages/auth/VerifyCode.vue"),
    props: { channel: "phone" },
    meta: { title: "auth.verifyPhone" },
  },
  { path: "/password/forgot", name: "forgot", component: () => import("@/pages/auth/ForgotPassword.vue"), meta: { title: "auth.forgotTitle" } },
  { path: "/password/reset", name: "reset", component: () => import("@/pages/auth/ResetPassword.vue"), meta: { title: "auth.resetTitle" } },
];

const id = (section: string, title: string) => ({ props: true, meta: { section, title } });

const members: RouteRecordRaw[] = [
  { path: "/", name: "home", component: () => import("@/pages/dashboard/Dashboard.vue"), meta: { title: "nav.home", section: "home" } },
  { path: "/products", name: "products", component: () => import("@/pages/catalogue/Catalogue.vue"), meta: { title: "nav.products", section: "products" } },
  {
    path: "/products/:id(\\d+)",
    name: "buy",
    component: () => import("@/pages/catalogue/BuyProduct.vue"),
    props: true,
    meta: { title: "shop.buyTitle", section: "products", hasOwnBar: true },
  },
  {
    path: "/products/compare",
    name: "compare",
    component: () => import("@/pages/catalogue/CompareSkus.vue"),
    meta: { title: "shop.compareTitle", section: "products" },
  },
  { path: "/promotions", name: "promotions", component: () => import("@/pages/promotions/PromotionsPage.vue"), meta: { title: "promotions.title", section: "promotions" } },
  { path: "/my-prices", name: "prices", component: () => import("@/pages/prices/MyPrices.vue"), meta: { title: "nav.prices", section: "prices" } },
  { path: "/vouchers", name: "vouchers", component: () => import("@/pages/vouchers/VoucherPage.vue"), meta: { title: "nav.vouchers", section: "vouchers" } },
  {
    path: "/cart",
    name: "cart",
    component: () => import("@/pages/cart/CartPage.vue"),
    meta: { title: "nav.cart", section: "cart", hasOwnBar: true },
  },
  {
    path: "/checkout/:id(\\d+)",
    name: "checkout",
    component: () => import("@/pages/orders/Checkout.vue"),
    props: true,
    meta: { title: "orders.confirmTitle", section: "products", hasOwnBar: true, keepsPage: true },
  },
  { path: "/orders", name: "orders", component: () => import("@/pages/orders/OrderList.vue"), meta: { title: "nav.orders", section: "orders" } },
  { path: "/orders/:id(\\d+)", name: "order", component: () => import("@/pages/orders/OrderPage.vue"), ...id("orders", "orders.order") },
  { path: "/resources", name: "resources", component: () => import("@/pages/resources/ResourceBoard.vue"), meta: { title: "nav.resources", section: "resources" } },
  { path: "/resources/:id(\\d+)", name: "resource", component: () => import("@/pages/resources/ResourcePage.vue"), ...id("resources", "resources.resource") },
  { path: "/wallet", name: "wallet", component: () => import("@/pages/wallet/WalletPage.vue"), meta: { title: "nav.wallet", section: "wallet" } },
  { path: "/wallet/recharge", name: "recharge", component: () => import("@/pages/wallet/RechargeStart.vue"), meta: { title: "wallet.recharge", section: "wallet" } },
  { path: "/wallet/recharges", name: "recharges", component: () => import("@/pages/wallet/RechargeList.vue"), meta: { title: "wallet.recharges", section: "wallet" } },
  { path: "/wallet/recharges/:id(\\d+)", name: "recharge-pay", component: () => import("@/pages/wallet/RechargePay.vue"), ...id("wallet", "wallet.recharge") },
  { path: "/bills", name: "bills", component: () => import("@/pages/bills/BillList.vue"), meta: { title: "nav.bills", section: "bills" } },
  { path: "/bills/:id(\\d+)", name: "bill", component: () => import("@/pages/bills/BillPage.vue"), ...id("bills", "bills.bill") },
  { path: "/approvals", name: "approvals", component: () => import("@/pages/approvals/ApprovalList.vue"), meta: { title: "nav.approvals", section: "approvals" } },
  { path: "/approvals/new", name: "ask", component: () => import("@/pages/approvals/AskPage.vue"), meta: { title: "approvals.newTitle", section: "approvals" } },
  { path: "/approvals/:id(\\d+)", name: "approval", component: () => import("@/pages/approvals/ApprovalPage.vue"), ...id("approvals", "approvals.approval") },
  { path: "/messages", name: "messages", component: () => import("@/pages/messages/MessageList.vue"), meta: { title: "nav.messages", section: "messages" } },
  { path: "/account", name: "account", component: () => import("@/pages/account/AccountPage.vue"), meta: { title: "nav.account", section: "account" } },
  { path: "/account/contacts", name: "contacts", component: () => import("@/pages/account/ContactPage.vue"), meta: { title: "contacts.title", section: "contacts" } },
  { path: "/account/security", name: "security", component: () => import("@/pages/account/SecurityPage.vue"), meta: { title: "nav.security", section: "security" } },
  {
    path: "/account/notifications",
    name: "message-settings",
    component: () => import("@/pages/account/MessageSettings.vue"),
    meta: { title: "messages.settings", section: "message-settings" },
  },
  { path: "/account/tokens", name: "tokens", component: () => import("@/pages/account/TokenPage.vue"), meta: { title: "nav.tokens", section: "tokens" } },
];

export const routes: RouteRecordRaw[] = [
  ...visitors.map((route) => ({ ...route, meta: { ...route.meta, isPublic: true } }) as RouteRecordRaw),
  ...members,
  { path: "/:rest(.*)*", name: "lost", component: () => import("@/pages/NotFound.vue"), meta: { title: "nav.notFound" } },
];
