// Made by tools/list-objects.sh
#include "core/tables/proportions.cpp"
