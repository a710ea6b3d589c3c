import { describeModel } from '@freehold/conformance'
import { MARIADB, MYSQL_9, POSTGRES_15, POSTGRES_18 } from './engines.js'
import mariadb from './mariadb.harness.js'
import mysql from './mysql.harness.js'
import { describeOn } from './on-engines.js'
import postgres from './postgres.harness.js'
import postgres15 from './postgres15.harness.js'
import sqlite from './sqlite.harness.js'

describeModel(sqlite)
describeOn(POSTGRES_18, () => describeModel(postgres))
describeOn(POSTGRES_15, () => describeModel(postgres15))
describeOn(MYSQL_9, () => describeModel(mysql))
describeOn(MARIADB, () => describeModel(mariadb))
