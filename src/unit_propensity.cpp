// Made by tools/list-objects.sh
#include "core/propensity/logistic.cpp"
