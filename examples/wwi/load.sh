#!/bin/sh
# Load the whole sample company: load.sh FOLDER [PORTAL]. What is there already is left alone.
set -eu
data=${1:?the folder that holds csv, json and parquet}
portal=${2:-wwi}
here=$(dirname "$0")
atrio=${ATRIO:-atrio}

load() {
    printf '%s\n' "$2" >&2
    "$atrio" load --portal "$portal" --type "$1" --mapping "$here/$2.toml" --base "$data" --no-notify "$data/$3"
}

load partners customers parquet/Sales.Customers.parquet
load partners suppliers csv/Purchasing.Suppliers.csv
load products products json/Warehouse.StockItems.json
load sales_invoices sales_invoices parquet/Sales.CustomerTransactions.parquet
load ledger_entries customer_ledger parquet/Sales.CustomerTransactions.parquet
load purchase_orders purchase_orders csv/Purchasing.PurchaseOrders.csv
load receipts receipts csv/Purchasing.PurchaseOrders.csv
load supplier_invoices supplier_invoices csv/Purchasing.SupplierTransactions.csv
load supplier_payments supplier_payments json/Purchasing.SupplierTransactions.json
load ledger_entries supplier_ledger parquet/Purchasing.SupplierTransactions.parquet
