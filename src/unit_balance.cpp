// Made by tools/list-objects.sh
#include "core/balance/column_balance.cpp"
