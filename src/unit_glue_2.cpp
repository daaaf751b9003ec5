// Made by tools/list-objects.sh
#include "glue_survival_curve.cpp"
#include "glue_survival_finegray.cpp"
#include "glue_survival_gray.cpp"
#include "glue_survival_km.cpp"
#include "glue_survival_logrank.cpp"
#include "glue_survival_response.cpp"
#include "glue_survival_states.cpp"
#include "glue_tables.cpp"
